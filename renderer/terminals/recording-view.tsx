import '@xterm/xterm/css/xterm.css';
import { Terminal } from '@xterm/xterm';
import { ArrowLeft, Download, Pause, Play, Search, X } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ContractClient } from '../../shared/contract.ts';
import type { TerminalId } from '../../shared/ids.ts';
import type { Recording } from '../../shared/terminals.ts';
import { useApp } from '../app/app-context.ts';
import { go } from '../app/router.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, Segments, Switch, TextField } from '../ui/fields.tsx';
import { exactTime } from '../ui/format.ts';
import { boundMarks } from './bounded-unicode.ts';
import { activityOf, playTime, timelineOf } from './playback.ts';
import { createRecordingBytes } from './recording-bytes.ts';
import { RunChoice } from './run-choice.tsx';
import { useTerminalName } from './terminal-name.tsx';
import { useTerminalSettings } from './terminal-settings.ts';
import { terminalTheme } from './terminal-theme.ts';

/** Bytes written to the screen at once while it is brought to another moment. */
const stepBytes = 512 * 1024;

const speeds = ['1', '2', '4', '16'] as const;
type Speed = (typeof speeds)[number];

/** Plays a terminal's recording: time line with jump, speed, without its silences; finds text and goes there. */
export function RecordingView({ id, atMs }: { id: string; atMs: number | null }) {
  const { connection } = useApp();
  const terminal = useStore((state) => state.rows.terminals[id]);
  const name = useTerminalName(terminal);
  const [recording, setRecording] = useState<Recording | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    connection.client.terminals
      .recording({ id: id as TerminalId }, { signal: ended.signal })
      .then(setRecording)
      .catch((problem: unknown) => !ended.signal.aborted && setError(errorText(problem)));
    return () => ended.abort();
  }, [connection, id]);
  const back = (): void => {
    if (terminal?.kind === 'worker' && terminal.workerId)
      go({ view: 'worker', id: terminal.workerId, tab: 'terminal', file: null });
    else go({ view: 'terminal', id });
  };
  return (
    <main className="flex min-h-0 min-w-0 flex-col">
      <div className="flex h-(--viewbar-h) shrink-0 items-center gap-3 border-b border-hair px-4 max-phone:h-auto max-phone:flex-wrap max-phone:py-1">
        <Button look="ghost" size="sm" icon={ArrowLeft} aria-label="Back to the terminal" onClick={back} />
        <h1 className="min-w-0 truncate text-md max-phone:flex-1 font-strong tracking-[-.01em]">{name}</h1>
        <span className="min-w-0 truncate text-sm text-ink-3 max-phone:hidden">
          {recording ? `recorded from ${exactTime(recording.startedAt)}` : 'recording'}
        </span>
        <RunChoice id={id} />
        {recording && <DownloadButton id={id} name={name} client={connection.client} recording={recording} />}
      </div>
      {error && <Problem className="m-4">{error}</Problem>}
      {recording &&
        (recording.end > recording.start ? (
          <Player id={id} recording={recording} client={connection.client} atMs={atMs} />
        ) : (
          <p className="p-6 text-ink-2">Nothing was written in this terminal yet. What comes is recorded.</p>
        ))}
    </main>
  );
}

function Player({
  id,
  recording,
  client,
  atMs,
}: {
  id: string;
  recording: Recording;
  client: ContractClient;
  /** Where a link leads to; null: the beginning. */
  atMs: number | null;
}) {
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>('1');
  const [skipSilence, setSkipSilence] = useState(true);
  const [shownMs, setShownMs] = useState(() => (atMs === null ? 0 : timelineOf(recording, true).shownAt(atMs)));
  const [finding, setFinding] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const timeline = useMemo(() => timelineOf(recording, skipSilence), [recording, skipSilence]);
  const place = useRef<HTMLDivElement>(null);
  const screen = useScreen(place, id, recording, client, setProblem);

  // Playing: the clock goes on as fast as it is told to, and never ahead of the screen.
  useEffect(() => {
    if (!playing) return;
    let last = performance.now();
    let frame = 0;
    const tick = (): void => {
      const now = performance.now();
      const passed = screen.isBusy() ? 0 : (now - last) * Number(speed);
      last = now;
      setShownMs((before) => Math.min(timeline.durationMs, before + passed));
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [playing, speed, timeline, screen]);

  useEffect(() => {
    screen.goTo(timeline.offsetAt(shownMs));
    if (playing && shownMs >= timeline.durationMs) setPlaying(false);
  }, [shownMs, timeline, playing, screen]);

  const jump = (ms: number): void => setShownMs(Math.max(0, Math.min(timeline.durationMs, ms)));
  const toggle = (): void => {
    if (!playing && shownMs >= timeline.durationMs) setShownMs(0);
    setPlaying(!playing);
  };
  return (
    <div
      role="application"
      aria-label="Player"
      className="flex min-h-0 flex-1 flex-col"
      onKeyDown={(event) => {
        if (event.target instanceof HTMLInputElement && event.target.type !== 'range') return;
        if (event.key === ' ' && !(event.target instanceof HTMLButtonElement)) toggle();
        else if (event.key === 'ArrowLeft') jump(shownMs - 5000);
        else if (event.key === 'ArrowRight') jump(shownMs + 5000);
        else if (event.key === '/') setFinding(true);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {problem && <Problem className="m-3">{problem}</Problem>}
      <div className="flex min-h-0 flex-1">
        <div className="min-h-0 min-w-0 flex-1 overflow-auto bg-term-bg px-3 pt-2" ref={place} />
        {finding && (
          <Finder
            id={id}
            client={client}
            onClose={() => setFinding(false)}
            onFound={(ms) => {
              setPlaying(false);
              jump(timeline.shownAt(ms));
            }}
          />
        )}
      </div>
      <div className="shrink-0 border-t border-hair bg-rail px-4 py-2.5">
        <Track recording={recording} timeline={timeline} shownMs={shownMs} onJump={jump} />
        <div className="mt-2 flex flex-wrap items-center gap-3">
          <Button
            look="primary"
            icon={playing ? Pause : Play}
            aria-label={playing ? 'Pause' : 'Play'}
            onClick={toggle}
          />
          <span className="figures text-sm text-ink-2">
            {playTime(shownMs)} <span className="text-ink-3">/ {playTime(timeline.durationMs)}</span>
          </span>
          <span className="text-sm text-ink-3 max-phone:hidden">
            {exactTime(recording.startedAt + timeline.recordedAt(shownMs))}
          </span>
          <span className="ml-auto flex items-center gap-3">
            <label className="flex items-center gap-2 text-sm text-ink-2">
              <Switch
                aria-label="Skip silence"
                checked={skipSilence}
                onCheckedChange={(value) => {
                  const recorded = timeline.recordedAt(shownMs);
                  setSkipSilence(value);
                  setShownMs(timelineOf(recording, value).shownAt(recorded));
                }}
              />
              Skip silence
            </label>
            <Segments
              label="Speed"
              small
              value={speed}
              onChange={setSpeed}
              options={speeds.map((value) => ({ value, label: `${value}×` }))}
            />
            <Button
              look="ghost"
              icon={Search}
              aria-label="Find in the recording"
              aria-pressed={finding}
              className={cx(finding && 'bg-active text-ink')}
              onClick={() => setFinding(!finding)}
            />
          </span>
        </div>
      </div>
    </div>
  );
}

/** The screen of a recording, brought to any offset: on from where it is, or from the start. */
function useScreen(
  place: React.RefObject<HTMLDivElement | null>,
  id: string,
  recording: Recording,
  client: ContractClient,
  tell: (problem: string) => void,
): { goTo(offset: number): void; isBusy(): boolean } {
  const wanted = useRef(recording.start);
  const busy = useRef(false);
  const wake = useRef<() => void>(() => undefined);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const ended = new AbortController();
    const sizeAt = (offset: number) =>
      recording.sizes.findLast((size) => size.offset <= offset) ?? recording.sizes[0] ?? { cols: 80, rows: 24 };
    const first = sizeAt(recording.start);
    const terminal = new Terminal({
      allowProposedApi: true,
      cols: first.cols,
      rows: first.rows,
      scrollback: 1000,
      fontFamily: getComputedStyle(element).getPropertyValue('--font-mono'),
      fontSize: useTerminalSettings.getState().fontSize,
      lineHeight: 1.2,
      theme: terminalTheme(element),
      disableStdin: true,
      cursorInactiveStyle: 'outline',
      minimumContrastRatio: 3,
      linkHandler: { activate: () => undefined },
    });
    boundMarks(terminal);
    // A recording changes nothing outside of itself.
    terminal.parser.registerOscHandler(52, () => true);
    terminal.open(element);
    const themes = new MutationObserver(() => {
      terminal.options.theme = terminalTheme(element);
    });
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const source = createRecordingBytes(client, id as TerminalId, recording);
    let at = recording.start;

    async function run(): Promise<void> {
      if (busy.current) return;
      busy.current = true;
      try {
        while (!ended.signal.aborted && wanted.current !== at) {
          if (wanted.current < at) {
            terminal.reset();
            at = recording.start;
          }
          const size = sizeAt(at);
          if (size.cols !== terminal.cols || size.rows !== terminal.rows) terminal.resize(size.cols, size.rows);
          const change = recording.sizes.find(({ offset }) => offset > at)?.offset ?? Number.POSITIVE_INFINITY;
          const to = Math.min(wanted.current, at + stepBytes, change);
          const pieces = await source.pieces(at, to, ended.signal);
          if (ended.signal.aborted) return;
          for (const piece of pieces) await new Promise<void>((resolve) => terminal.write(piece, resolve));
          at = to;
        }
      } catch (error) {
        if (!ended.signal.aborted) tell(errorText(error));
      } finally {
        busy.current = false;
      }
    }
    wake.current = () => void run();
    void run();
    return () => {
      ended.abort();
      themes.disconnect();
      terminal.dispose();
      wake.current = () => undefined;
    };
  }, [place, id, recording, client, tell]);
  const goTo = useCallback((offset: number): void => {
    wanted.current = offset;
    wake.current();
  }, []);
  const isBusy = useCallback(() => busy.current, []);
  return useMemo(() => ({ goTo, isBusy }), [goTo, isBusy]);
}

const columns = 240;

/** The time line: where something happened, and where one is. */
function Track({
  recording,
  timeline,
  shownMs,
  onJump,
}: {
  recording: Recording;
  timeline: ReturnType<typeof timelineOf>;
  shownMs: number;
  onJump: (ms: number) => void;
}) {
  const bars = useMemo(() => activityOf(recording, timeline, columns), [recording, timeline]);
  const part = timeline.durationMs > 0 ? shownMs / timeline.durationMs : 0;
  return (
    <div className="relative h-8">
      <svg
        viewBox={`0 0 ${columns} 24`}
        preserveAspectRatio="none"
        className="absolute inset-0 h-full w-full"
        aria-hidden
      >
        {bars.map((height, index) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a part of the time line has no other identity than its place
            key={index}
            x={index + 0.15}
            y={22 - Math.max(1, height * 20)}
            width={0.7}
            height={Math.max(1, height * 20)}
            className={index / columns < part ? 'fill-accent' : 'fill-(--n-8)'}
          />
        ))}
      </svg>
      <span className="pointer-events-none absolute inset-y-0 w-px bg-ink" style={{ left: `${part * 100}%` }} />
      <input
        type="range"
        aria-label="Time"
        aria-valuetext={`${playTime(shownMs)} of ${playTime(timeline.durationMs)}`}
        min={0}
        max={Math.max(1, Math.round(timeline.durationMs))}
        step={100}
        value={Math.round(shownMs)}
        onChange={(event) => onJump(Number(event.target.value))}
        className="absolute inset-0 h-full w-full cursor-pointer appearance-none bg-transparent opacity-0 focus-visible:opacity-100"
      />
    </div>
  );
}

function Finder({
  id,
  client,
  onClose,
  onFound,
}: {
  id: string;
  client: ContractClient;
  onClose: () => void;
  onFound: (ms: number) => void;
}) {
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<{ items: { ms: number; offset: number; line: string }[]; more: boolean } | null>(
    null,
  );
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const text = query.trim();
    setError(null);
    if (text === '') {
      setFound(null);
      return;
    }
    const ended = new AbortController();
    const timer = setTimeout(() => {
      client.terminals
        .searchRecording({ id: id as TerminalId, query: text }, { signal: ended.signal })
        .then(setFound)
        .catch((problem: unknown) => !ended.signal.aborted && setError(errorText(problem)));
    }, 200);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [client, id, query]);
  return (
    <aside
      aria-label="Find in the recording"
      className="flex w-80 shrink-0 flex-col border-l border-hair bg-rail max-phone:absolute max-phone:inset-x-0 max-phone:bottom-0 max-phone:h-1/2 max-phone:w-full"
    >
      <div className="flex items-center gap-2 border-b border-hair p-2">
        <TextField
          autoFocus
          aria-label="Text to find"
          placeholder="Find in the recording"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && onClose()}
          className="flex-1"
        />
        <Button look="ghost" size="sm" icon={X} aria-label="Close find" onClick={onClose} />
      </div>
      {error && <Problem className="m-2">{error}</Problem>}
      <p className="px-3 py-1.5 text-xs text-ink-3" role="status">
        {found
          ? `${found.items.length}${found.more ? ' or more' : ''} ${found.items.length === 1 ? 'line' : 'lines'}`
          : ''}
      </p>
      <ol className="min-h-0 flex-1 overflow-y-auto pb-2">
        {found?.items.map((item) => (
          <li key={item.offset}>
            <button
              type="button"
              className="focus-inset flex w-full gap-2.5 px-3 py-1 text-left hover:bg-hover"
              onClick={() => onFound(item.ms)}
            >
              <span className="figures w-12 shrink-0 text-right text-xs leading-5 text-accent-text">
                {playTime(item.ms)}
              </span>
              <span className="min-w-0 flex-1 truncate font-mono text-xs leading-5">{item.line}</span>
            </button>
          </li>
        ))}
      </ol>
    </aside>
  );
}

/** Saves the recording as asciicast v2, made here from its parts: the desktop window has no HTTP. */
function DownloadButton({
  id,
  name,
  client,
  recording,
}: {
  id: string;
  name: string;
  client: ContractClient;
  recording: Recording;
}) {
  const [doing, setDoing] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    setDoing(true);
    setError(null);
    try {
      const file = await makeCast(client, id as TerminalId, name, recording);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(file);
      link.download = `${name.replace(/[^\p{L}\p{N}._-]+/gu, '-') || 'terminal'}.cast`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (problem) {
      setError(errorText(problem));
    } finally {
      setDoing(false);
    }
  };
  return (
    <span className="ml-auto flex items-center gap-2">
      {error && <span className="text-sm text-failed">{error}</span>}
      <Button
        size="sm"
        icon={Download}
        disabled={doing}
        aria-label="Save as asciicast"
        title="For asciinema and its like"
        onClick={() => void save()}
      >
        <span className="max-phone:hidden">{doing ? 'Making it…' : 'Save as asciicast'}</span>
      </Button>
    </span>
  );
}

/** asciicast v2 from the parts of a recording: https://docs.asciinema.org/manual/asciicast/v2/ */
async function makeCast(client: ContractClient, id: TerminalId, title: string, recording: Recording): Promise<Blob> {
  const first = recording.sizes.findLast(({ offset }) => offset <= recording.start) ?? { cols: 80, rows: 24 };
  const lines: string[] = [];
  const say = (line: unknown): void => void lines.push(`${JSON.stringify(line)}\n`);
  say({
    version: 2,
    width: first.cols,
    height: first.rows,
    timestamp: Math.floor(recording.startedAt / 1000),
    title,
  });
  const decoder = new TextDecoder();
  const changes = recording.sizes.filter(({ offset }) => offset > recording.start);
  let at = recording.start;
  let seconds = 0;
  while (at < recording.end) {
    const part = await client.terminals.recordingPart({ id, from: at });
    const bytes = Uint8Array.from(atob(part.data), (letter) => letter.charCodeAt(0));
    if (bytes.length === 0) break;
    at = part.from;
    for (const [ms, end] of [...part.marks, [seconds * 1000, part.to] as [number, number]]) {
      seconds = Math.max(seconds, ms / 1000);
      for (let change = changes[0]; change && change.offset <= at; change = changes[0]) {
        changes.shift();
        say([seconds, 'r', `${change.cols}x${change.rows}`]);
      }
      const stop = Math.min(end, part.to);
      const text = decoder.decode(bytes.subarray(at - part.from, stop - part.from), { stream: true });
      at = Math.max(at, stop);
      if (text) say([seconds, 'o', text]);
    }
  }
  return new Blob(lines, { type: 'application/x-asciicast' });
}
