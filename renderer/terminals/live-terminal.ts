import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { WebglAddon } from '@xterm/addon-webgl';
import { type ILinkHandler, Terminal } from '@xterm/xterm';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { TerminalId } from '../../shared/ids.ts';
import type { ControlNews } from '../../shared/terminal-control.ts';
import { decodeFrame, encodeFrame, type ViewerFrame } from '../../shared/terminal-frames.ts';
import { writeClipboard } from '../ui/write-clipboard.ts';
import { boundMarks } from './bounded-unicode.ts';
import { isCopy } from './clipboard.ts';
import { fileLinks } from './file-links.ts';
import { followSize, leadSize } from './follow-size.ts';
import { drives, readControl } from './own-control.ts';
import { createPacedWriter } from './paced-writer.ts';
import { isUnasked, passOverQuestions } from './program-questions.ts';
import { noteContextLoss, webglIsGood } from './renderer-trial.ts';
import type { TerminalConnection } from './terminal-connection.ts';
import { keepScroll, useTerminalSettings } from './terminal-settings.ts';
import { terminalTheme } from './terminal-theme.ts';
import { cleanTitle, clipboardText, folderOf, pageAddress, pastable, pasteQuestion } from './untrusted-text.ts';

/** Lines that can be scrolled back to. */
const scrollback = 10_000;

/** Shown bytes are acknowledged in steps of this many, or when nothing more waits. */
const acknowledgeEvery = 64 * 1024;

/** A window that is being dragged asks for its final size once. */
const resizeSettleMs = 60;

const keepScrollAfterMs = 300;

/** What comes right after attaching was written earlier: questions in it were answered then, or nobody waits any more. */
const oldNewsMs = 300;

/** Images of a program may take this much. */
const images = { pixelLimit: 4_000_000, storageLimit: 16, sixelSizeLimit: 5_000_000, iipSizeLimit: 5_000_000 };

/** A picture that is not drawn, because nobody sees it, is not waited for any longer. */
const undrawnMs = 150;

/** Synchronized output (mode 2026): what is drawn stays as it is between these. Ended by xterm itself after a second. */
const holdDrawing = '\u001b[?2026h';
const goOnDrawing = new TextEncoder().encode('\u001b[?2026l');

/** What a terminal's frame shows beside its screen. */
export interface LiveState {
  /** The process ended; its exit code, when it had one. */
  exited: { exitCode: number | null } | null;
  /** Output was passed over because this page was too far behind. */
  skipped: boolean;
  /** Something asked for was refused, in words. */
  refusal: string | null;
  /** What the program calls itself, cleaned; empty: nothing. */
  title: string;
  /** The folder the shell says it is in (OSC 7). */
  cwd: string | null;
  cols: number;
  rows: number;
  /** When it last wrote something that was seen here, to the second. */
  wroteAt: number | null;
  /** A program wants to put this on the clipboard. */
  clipboardWish: string | null;
  /** Waits for a yes. */
  pasteWish: { text: string; question: string } | null;
  /** The address under the pointer, as it really is. */
  link: string | null;
  /** A key of the phone's row that is held for the next letter. */
  heldCtrl: boolean;
  /** Who drives and who watches; null until it is known. */
  control: ControlNews | null;
  /** Something was typed here while another one drives. */
  typedInVain: boolean;
}

export interface LiveTerminal {
  readonly id: TerminalId;
  readonly terminal: Terminal;
  readonly search: SearchAddon;
  readonly state: StoreApi<LiveState>;
  /** Puts it into an element and follows the process. */
  show(element: HTMLElement, options: { readOnly: boolean; label: string }): void;
  /** Takes it off the page: nothing is sent, parsed or drawn until it is shown again, and then at once from where it was. */
  hide(): void;
  /** Pastes as a person would, asking first when it is much. */
  paste(text: string): void;
  /** Types bytes: what a key would send. */
  type(data: string): void;
  answerClipboard(answer: 'once' | 'always' | 'never'): void;
  /** What is opened when a path in the text is pressed; null: paths are no links. */
  setFileOpener(opener: { folder: string; open: (path: string) => void } | null): void;
  dispose(): void;
}

/**
 * An xterm that is kept in step with a terminal of the orchestrator: attached at its screen, then by offset, so that no byte
 * is missed or drawn twice across lost connections and times when nobody looked.
 */
export function createLiveTerminal(input: { terminalId: TerminalId; connection: TerminalConnection }): LiveTerminal {
  const { terminalId, connection } = input;
  const settings = useTerminalSettings;
  const host = document.createElement('div');
  host.style.cssText = 'width:100%;height:100%';
  let clipboard: 'ask' | 'always' | 'never' = 'ask';
  let fileOpener: { folder: string; open: (path: string) => void } | null = null;

  const state = createStore<LiveState>(() => ({
    exited: null,
    skipped: false,
    refusal: null,
    title: '',
    cwd: null,
    cols: 0,
    rows: 0,
    wroteAt: null,
    clipboardWish: null,
    pasteWish: null,
    link: null,
    heldCtrl: false,
    control: null,
    typedInVain: false,
  }));

  const openPage = (event: MouseEvent, address: string): void => {
    const page = pageAddress(address);
    if (page && (event.metaKey || event.ctrlKey)) window.open(page, '_blank', 'noopener,noreferrer');
  };
  const linkHandler: ILinkHandler = {
    activate: openPage,
    // The text of such a link may say another address than the one it goes to.
    hover: (_event, address) => state.setState({ link: pageAddress(address) }),
    leave: () => state.setState({ link: null }),
  };
  const terminal = new Terminal({
    allowProposedApi: true,
    scrollback,
    fontSize: settings.getState().fontSize,
    lineHeight: 1.2,
    cursorBlink: false,
    macOptionIsMeta: true,
    minimumContrastRatio: 3,
    screenReaderMode: settings.getState().screenReader,
    linkHandler,
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  boundMarks(terminal);
  terminal.loadAddon(
    new WebLinksAddon(openPage, {
      hover: (_event, address) => state.setState({ link: pageAddress(address) }),
      leave: () => state.setState({ link: null }),
    }),
  );

  let opened = false;
  let readOnly = false;
  let place: HTMLElement | null = null;
  let offset: number | null = null;
  let acknowledged = 0;
  let disposed = false;
  let webgl: WebglAddon | null = null;
  let pictures = 0;
  let oldNewsUntil = 0;
  const send = (frame: ViewerFrame) => connection.sendFrame(encodeFrame(frame));

  /*
   * Questions of programs (what are you, where is the cursor, which colour) are answered by one who types, once, and only
   * when they are new: an answer to an old question would stand at the shell's prompt as if it had been typed.
   */
  const isOld = (): boolean => pictures > 0 || performance.now() < oldNewsUntil;
  passOverQuestions(terminal, isOld);
  terminal.parser.registerOscHandler(52, (data) => {
    const text = clipboardText(data);
    const answer = clipboard === 'ask' ? settings.getState().clipboard : clipboard;
    if (text === null || answer === 'never' || pictures > 0) return true;
    if (answer === 'always') void writeClipboard(text);
    else state.setState({ clipboardWish: text });
    return true;
  });
  terminal.parser.registerOscHandler(7, (data) => {
    const path = folderOf(data);
    if (path) state.setState({ cwd: path });
    return true;
  });
  terminal.onTitleChange((title) => state.setState({ title: cleanTitle(title) }));

  function shown(end: number): void {
    if (disposed || !place) return;
    if (end - acknowledged < acknowledgeEvery && end !== offset) return;
    acknowledged = end;
    send({ kind: 'ack', terminalId, offset: end });
  }

  /** Calls back once what was parsed is on the screen: a terminal that has just been opened takes a few frames. */
  function drawn(goOn: () => void): void {
    const done = (): void => {
      window.clearTimeout(timer);
      rendered.dispose();
      goOn();
    };
    const rendered = terminal.onRender(done);
    const timer = window.setTimeout(done, undrawnMs);
  }
  const writer = createPacedWriter((bytes, done) => terminal.write(bytes, done));

  const endFrames = connection.onFrame((message) => {
    const frame = decodeFrame(message);
    if (frame?.terminalId !== terminalId || !place) return;
    switch (frame.kind) {
      case 'snapshot':
        // What was to be drawn before this belongs to a screen that is drawn over.
        writer.drop();
        writer.afterwards(() => {
          terminal.reset();
          if (frame.cols !== terminal.cols || frame.rows !== terminal.rows) terminal.resize(frame.cols, frame.rows);
          // 10,000 lines take many frames: nobody is shown how they scroll by, least of all over a screen that was right.
          terminal.write(holdDrawing);
        });
        offset = frame.offset;
        acknowledged = frame.offset;
        pictures += 1;
        writer.write(frame.bytes, () => undefined);
        writer.write(goOnDrawing, () => {
          pictures -= 1;
          if (disposed) return;
          fitNow();
          scrollToKept();
        });
        writer.until(drawn);
        if (frame.skipped) state.setState({ skipped: true });
        return;
      case 'output': {
        const known = offset ?? frame.offset;
        const end = frame.offset + frame.bytes.length;
        if (end <= known) return;
        offset = end;
        const now = Date.now();
        if (now - (state.getState().wroteAt ?? 0) > 1000) state.setState({ wroteAt: now });
        writer.write(frame.offset < known ? frame.bytes.subarray(known - frame.offset) : frame.bytes, () => shown(end));
        return;
      }
      case 'sized':
        if (frame.cols !== terminal.cols || frame.rows !== terminal.rows) terminal.resize(frame.cols, frame.rows);
        fitNow();
        return;
      case 'exited':
        return state.setState({ exited: { exitCode: frame.exitCode } });
      case 'refused':
        return state.setState({ refusal: new TextDecoder().decode(frame.bytes) });
      case 'control': {
        const control = readControl(frame.bytes);
        state.setState({ control, ...(drives(control) ? { typedInVain: false } : {}) });
        return fitNow();
      }
    }
  });

  function attach(): void {
    if (!place) return;
    oldNewsUntil = performance.now() + oldNewsMs;
    send({ kind: 'attach', terminalId, from: offset, whole: false, watch: readOnly });
  }
  const endReconnects = connection.onReconnect(attach);

  /** Makes the terminal of one who drives fill its place and tells the process; who watches takes the size there is. */
  function fitNow(): void {
    if (!place || host.offsetParent === null) return;
    const liked = settings.getState().fontSize;
    const { control } = state.getState();
    if (readOnly || (control !== null && !drives(control))) {
      followSize(terminal, host, liked);
      return;
    }
    leadSize(terminal, host, liked);
    if (control === null) return;
    const size = fit.proposeDimensions();
    if (!size || !Number.isFinite(size.cols) || !Number.isFinite(size.rows)) return;
    const cols = Math.max(20, Math.min(400, size.cols));
    const rows = Math.max(5, Math.min(200, size.rows));
    if (cols === terminal.cols && rows === terminal.rows) return;
    terminal.resize(cols, rows);
    scrollToKept();
    send({ kind: 'resize', terminalId, cols, rows });
  }
  terminal.onResize(({ cols, rows }) => state.setState({ cols, rows }));

  let settling: number | undefined;
  const sizes = new ResizeObserver(() => {
    window.clearTimeout(settling);
    settling = window.setTimeout(fitNow, resizeSettleMs);
  });

  /** Where the user was before the page was closed; until they do something, whatever size and lines come meanwhile. */
  let wanted: number | null = settings.getState().scrolledBack[terminalId] ?? null;

  function scrollToKept(): void {
    if (wanted === null) return;
    const { baseY } = terminal.buffer.active;
    if (baseY > 0) terminal.scrollToLine(Math.max(0, baseY - wanted));
  }

  function noteScroll(): void {
    if (!opened || wanted !== null) return;
    const { baseY, viewportY, type } = terminal.buffer.active;
    keepScroll(terminalId, type === 'normal' ? baseY - viewportY : 0);
  }
  window.addEventListener('pagehide', noteScroll);
  // A window that is killed tells nobody: what the user scrolled to is kept soon after.
  let scrolling: number | undefined;
  const noteSoon = (): void => {
    wanted = null;
    window.clearTimeout(scrolling);
    scrolling = window.setTimeout(noteScroll, keepScrollAfterMs);
  };
  for (const kind of ['wheel', 'keyup', 'pointerup', 'touchend'] as const)
    host.addEventListener(kind, noteSoon, { passive: true });

  function applyLook(): void {
    terminal.options.theme = terminalTheme(host);
    terminal.options.fontFamily = getComputedStyle(host).getPropertyValue('--font-mono');
  }
  const themes = new MutationObserver(applyLook);

  const endSettings = settings.subscribe((next, before) => {
    if (next.fontSize !== before.fontSize) {
      fitNow();
    }
    if (next.screenReader !== before.screenReader) terminal.options.screenReaderMode = next.screenReader;
    if (next.drawing !== before.drawing) void chooseRenderer();
  });

  async function chooseRenderer(): Promise<void> {
    const good = settings.getState().drawing === 'auto' && (await webglIsGood());
    if (disposed || !place) return;
    if (!good) return dropWebgl();
    if (webgl) return;
    const addon = new WebglAddon();
    addon.onContextLoss(() => {
      noteContextLoss();
      dropWebgl();
    });
    try {
      terminal.loadAddon(addon);
      webgl = addon;
    } catch {
      // No context is to be had: the plain renderer goes on.
      noteContextLoss();
      addon.dispose();
    }
  }

  function dropWebgl(): void {
    webgl?.dispose();
    webgl = null;
    if (!disposed) terminal.refresh(0, terminal.rows - 1);
  }

  /** Drivers lose the letters they keep while a machine sleeps or a window is away. */
  const onVisible = (): void => {
    if (!document.hidden) webgl?.clearTextureAtlas();
  };
  document.addEventListener('visibilitychange', onVisible);

  const text = new TextEncoder();
  const type = (data: string): void => {
    let typed = data;
    if (state.getState().heldCtrl && data.length === 1) {
      state.setState({ heldCtrl: false });
      typed = String.fromCharCode(data.toUpperCase().charCodeAt(0) & 0x1f);
    }
    if (mayType(data)) send({ kind: 'input', terminalId, bytes: text.encode(typed) });
  };
  /** What another one's terminal does not take is not sent; that it was tried is told. */
  function mayType(data: string): boolean {
    const { control } = state.getState();
    if (control === null || drives(control)) return true;
    if (isUnasked(data)) return false;
    if (control.control.driverId === null) return true;
    state.setState({ typedInVain: true });
    return false;
  }
  terminal.onData(type);
  terminal.onBinary((data) => {
    if (mayType(data))
      send({ kind: 'input', terminalId, bytes: Uint8Array.from(data, (letter) => letter.charCodeAt(0)) });
  });
  terminal.attachCustomKeyEventHandler((event) => !isCopy(event, terminal));
  terminal.onSelectionChange(() => {
    if (settings.getState().copyOnSelect && terminal.hasSelection()) void writeClipboard(terminal.getSelection());
  });

  function paste(pasted: string): void {
    if (readOnly) return;
    const clean = pastable(pasted);
    if (!clean || !mayType(clean)) return;
    const question = pasteQuestion(clean, terminal.modes.bracketedPasteMode);
    if (question) state.setState({ pasteWish: { text: clean, question } });
    else terminal.paste(clean);
  }
  host.addEventListener(
    'paste',
    (event) => {
      event.preventDefault();
      event.stopPropagation();
      paste(event.clipboardData?.getData('text/plain') ?? '');
    },
    true,
  );

  terminal.registerLinkProvider({
    provideLinks(row, give) {
      if (fileOpener) fileLinks(terminal, fileOpener.folder, fileOpener.open).provideLinks(row, give);
      else give(undefined);
    },
  });

  function open(): void {
    opened = true;
    applyLook();
    terminal.open(host);
    sizes.observe(host);
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    // The bundled font has another width than the one shown until it is there.
    void document.fonts.ready.then(() => {
      if (disposed) return;
      applyLook();
      fitNow();
    });
    void import('@xterm/addon-image').then(({ ImageAddon }) => {
      if (!disposed) terminal.loadAddon(new ImageAddon(images));
    });
  }

  return {
    id: terminalId,
    terminal,
    search,
    state,
    show(element, options) {
      readOnly = options.readOnly;
      terminal.options.disableStdin = readOnly;
      terminal.options.cursorBlink = !readOnly && !matchMedia('(prefers-reduced-motion: reduce)').matches;
      element.append(host);
      const again = place !== null;
      place = element;
      if (!opened) open();
      terminal.textarea?.setAttribute('aria-label', options.label);
      void chooseRenderer();
      fitNow();
      state.setState({ cols: terminal.cols, rows: terminal.rows });
      if (!again) attach();
    },
    hide() {
      if (!place) return;
      noteScroll();
      place = null;
      send({ kind: 'detach', terminalId });
      state.setState({ control: null, typedInVain: false });
      dropWebgl();
      host.remove();
    },
    paste,
    type,
    answerClipboard(answer) {
      const { clipboardWish } = state.getState();
      state.setState({ clipboardWish: null });
      if (answer !== 'once') clipboard = answer;
      if (answer !== 'never' && clipboardWish !== null) void writeClipboard(clipboardWish);
    },
    setFileOpener(opener) {
      fileOpener = opener;
    },
    dispose() {
      if (disposed) return;
      noteScroll();
      if (place) send({ kind: 'detach', terminalId });
      disposed = true;
      writer.drop();
      place = null;
      window.clearTimeout(settling);
      window.clearTimeout(scrolling);
      window.removeEventListener('pagehide', noteScroll);
      document.removeEventListener('visibilitychange', onVisible);
      endFrames();
      endReconnects();
      endSettings();
      sizes.disconnect();
      themes.disconnect();
      webgl?.dispose();
      terminal.dispose();
      host.remove();
    },
  };
}
