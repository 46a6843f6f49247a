import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import type { TerminalId } from '../../shared/ids.ts';
import { decodeFrame, encodeFrame, type ViewerFrame } from '../../shared/terminal-frames.ts';
import type { TerminalConnection } from './terminal-connection.ts';
import { terminalTheme } from './terminal-theme.ts';

/** Lines that can be scrolled back to. */
const scrollback = 10_000;

/** Shown bytes are acknowledged in steps of this many, or when nothing more waits. */
const acknowledgeEvery = 64 * 1024;

/** A window that is being dragged asks for its final size once. */
const resizeSettleMs = 60;

/** What the view tells about a terminal beside its screen. */
export interface TerminalNotes {
  /** The process ended; its exit code, when it had one. */
  onExit(exitCode: number | null): void;
  /** Output was passed over because this viewer was too far behind. */
  onSkipped(): void;
  /** Something asked for was refused, in words. */
  onRefused(message: string): void;
}

export interface AttachedTerminal {
  terminal: Terminal;
  search: SearchAddon;
  focus(): void;
  dispose(): void;
}

/**
 * Puts an xterm into `element` and keeps it in step with a terminal of the orchestrator: attached at its screen, then by
 * offset across lost connections, so that no byte is missed or drawn twice.
 */
export function attachTerminal(input: {
  element: HTMLElement;
  terminalId: TerminalId;
  connection: TerminalConnection;
  readOnly: boolean;
  label: string;
  notes: TerminalNotes;
}): AttachedTerminal {
  const { element, terminalId, connection, readOnly, notes } = input;
  const terminal = new Terminal({
    allowProposedApi: true,
    scrollback,
    fontFamily: getComputedStyle(element).getPropertyValue('--font-mono'),
    fontSize: 12.5,
    lineHeight: 1.2,
    theme: terminalTheme(element),
    cursorBlink: !readOnly && !matchMedia('(prefers-reduced-motion: reduce)').matches,
    disableStdin: readOnly,
    macOptionIsMeta: true,
    minimumContrastRatio: 3,
    linkHandler: { activate: (_event, address) => openLink(address) },
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  terminal.loadAddon(new WebLinksAddon((_event, address) => openLink(address)));
  // A program may not read or write the clipboard unasked (OSC 52), nor learn what this terminal is by asking.
  terminal.parser.registerOscHandler(52, () => true);
  terminal.open(element);
  terminal.textarea?.setAttribute('aria-label', input.label);

  let offset: number | null = null;
  let acknowledged = 0;
  let disposed = false;
  const send = (frame: ViewerFrame) => connection.sendFrame(encodeFrame(frame));

  function shown(end: number): void {
    if (disposed) return;
    if (end - acknowledged < acknowledgeEvery && end !== offset) return;
    acknowledged = end;
    send({ kind: 'ack', terminalId, offset: end });
  }

  const endFrames = connection.onFrame((message) => {
    const frame = decodeFrame(message);
    if (frame?.terminalId !== terminalId) return;
    switch (frame.kind) {
      case 'snapshot':
        terminal.reset();
        if (frame.cols !== terminal.cols || frame.rows !== terminal.rows) terminal.resize(frame.cols, frame.rows);
        offset = frame.offset;
        acknowledged = frame.offset;
        terminal.write(frame.bytes, () => {
          if (!disposed) fitNow();
        });
        if (frame.skipped) notes.onSkipped();
        return;
      case 'output': {
        const known = offset ?? frame.offset;
        const end = frame.offset + frame.bytes.length;
        if (end <= known) return;
        offset = end;
        terminal.write(frame.offset < known ? frame.bytes.subarray(known - frame.offset) : frame.bytes, () =>
          shown(end),
        );
        return;
      }
      case 'sized':
        if (frame.cols !== terminal.cols || frame.rows !== terminal.rows) terminal.resize(frame.cols, frame.rows);
        return;
      case 'exited':
        return notes.onExit(frame.exitCode);
      case 'refused':
        return notes.onRefused(new TextDecoder().decode(frame.bytes));
    }
  });

  /** Makes the terminal fill its place and tells the process; a viewer without a keyboard takes the size there is. */
  function fitNow(): void {
    if (readOnly || element.offsetParent === null) return;
    const size = fit.proposeDimensions();
    if (!size || !Number.isFinite(size.cols) || !Number.isFinite(size.rows)) return;
    const cols = Math.max(20, Math.min(400, size.cols));
    const rows = Math.max(5, Math.min(200, size.rows));
    if (cols === terminal.cols && rows === terminal.rows) return;
    terminal.resize(cols, rows);
    send({ kind: 'resize', terminalId, cols, rows });
  }

  let settling: number | undefined;
  const sizes = new ResizeObserver(() => {
    window.clearTimeout(settling);
    settling = window.setTimeout(fitNow, resizeSettleMs);
  });
  sizes.observe(element);

  const themes = new MutationObserver(() => {
    terminal.options.theme = terminalTheme(element);
  });
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });

  const text = new TextEncoder();
  terminal.onData((data) => send({ kind: 'input', terminalId, bytes: text.encode(data) }));
  terminal.onBinary((data) =>
    send({ kind: 'input', terminalId, bytes: Uint8Array.from(data, (letter) => letter.charCodeAt(0)) }),
  );
  terminal.attachCustomKeyEventHandler((event) => !isCopy(event, terminal));

  const attach = () => send({ kind: 'attach', terminalId, from: offset, whole: false });
  const endReconnects = connection.onReconnect(attach);
  // The bundled font has another width than the one shown until it is there.
  void document.fonts.ready.then(() => {
    if (disposed) return;
    terminal.options.fontFamily = getComputedStyle(element).getPropertyValue('--font-mono');
    fitNow();
  });
  attach();

  return {
    terminal,
    search,
    focus: () => terminal.focus(),
    dispose() {
      disposed = true;
      window.clearTimeout(settling);
      send({ kind: 'detach', terminalId });
      endFrames();
      endReconnects();
      sizes.disconnect();
      themes.disconnect();
      terminal.dispose();
    },
  };
}

/** Copies the selection on the platform's key, and says whether this key was it; without a selection it is the program's. */
function isCopy(event: KeyboardEvent, terminal: Terminal): boolean {
  const copies =
    event.type === 'keydown' && event.key.toLowerCase() === 'c' && (event.metaKey || (event.ctrlKey && event.shiftKey));
  if (!copies || !terminal.hasSelection()) return false;
  void navigator.clipboard.writeText(terminal.getSelection());
  event.preventDefault();
  return true;
}

/** Opens what a terminal shows as a link, when it is a page or an address to write to. */
function openLink(address: string): void {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    // Text that only looks like a link.
    return;
  }
  if (['http:', 'https:', 'mailto:'].includes(url.protocol)) window.open(url.href, '_blank', 'noopener,noreferrer');
}
