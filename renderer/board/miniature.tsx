import { useEffect, useRef, useState } from 'react';
import type { TerminalId } from '../../shared/ids.ts';
import type { Worker } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { useStore } from '../data/store.ts';
import { relativePath } from '../workers/tool-summary.ts';

const rule = /^[\s│╭╰]*─{10,}/;

/**
 * A screen without the prompt box at its end (two rules around an empty prompt and the hint below): what was said last is
 * above it. While something is typed in the box it stays.
 */
export function withoutPromptBox(lines: readonly string[]): readonly string[] {
  const bottom = lines.findLastIndex((line) => rule.test(line));
  const top = lines.slice(0, Math.max(0, bottom)).findLastIndex((line) => rule.test(line));
  if (top < 0 || lines.length - bottom > 5) return lines;
  const typed = lines.slice(top + 1, bottom).some((line) => line.replace(/[│>❯\s]/g, '') !== '');
  const above = lines.slice(0, top);
  if (typed || above.every((line) => line.trim() === '')) return lines;
  return above.slice(0, above.findLastIndex((line) => line.trim() !== '') + 1);
}

/** The last lines of an interactive worker's screen, live while `active`. */
export function useTerminalPreview(terminalId: string | null, active: boolean): readonly string[] | null {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const [lines, setLines] = useState<readonly string[] | null>(null);
  useEffect(() => {
    if (!terminalId || !active || epoch === 0) return;
    const ended = new AbortController();
    const follow = async (): Promise<void> => {
      const stream = await connection.client.terminals.preview(
        { id: terminalId as TerminalId, lines: 20 },
        { signal: ended.signal },
      );
      for await (const screen of stream) setLines(withoutPromptBox(screen.lines));
    };
    follow().catch(() => {
      // The terminal is gone or the connection was lost: the last lines stay, the next epoch or row starts it again.
    });
    return () => ended.abort();
  }, [connection, terminalId, active, epoch]);
  return lines;
}

/** Whether an element is on screen. */
export function useVisible<T extends Element>(): [React.RefObject<T | null>, boolean] {
  const ref = useRef<T>(null);
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new IntersectionObserver((entries) => setVisible(entries.at(-1)?.isIntersecting ?? false));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, visible];
}

const toolNames =
  'Bash|Read|Write|Edit|Update|MultiEdit|Search|Grep|Glob|Fetch|Task|Agent|Todos|Plan|WebFetch|WebSearch|TodoWrite|NotebookEdit';
const toolLine = new RegExp(`^(\\s*[●•⏺]\\s)(${toolNames}|[A-Z]\\w+(?=\\())(.*)$`);

/** A first sign in its colour, the rest as it is: "✓ passes", "FATAL ERROR: ...", "└ ...". */
const signs: readonly (readonly [RegExp, string])[] = [
  [/^(\s*(?:└|⎿)?\s*[✓✔])(.*)$/, 'text-(--ansi-green)'],
  [/^(\s*(?:└|⎿)?\s*[✗✘×])(.*)$/, 'text-(--ansi-red)'],
  [/^(\s*(?:fatal error|fatal|error):)(.*)$/i, 'text-(--ansi-red)'],
  [/^(\s*(?:└|⎿))(.*)$/, 'text-(--ansi-bright-black)'],
  [/^(\s*[✻✶✳✽✢·*])(\s.*)$/, 'text-(--ansi-magenta)'],
  [/^(\s*[↻?])(\s.*)$/, 'text-(--ansi-yellow)'],
  [/^(\s*\[.*\])()$/, 'text-(--ansi-bright-black)'],
];

const activityLine = /^(Reading|Editing|Writing|Running|Searching|Fetching) (.+)$/;

function MiniLine({ line, folder }: { line: string; folder: string | null }) {
  const activity = activityLine.exec(line);
  if (activity) {
    return (
      <>
        <span className="text-(--ansi-bright-black)">● </span>
        <span className="font-[600] text-(--ansi-bright-white)">{activity[1]}</span>{' '}
        {relativePath(activity[2] ?? '', folder)}
      </>
    );
  }
  const tool = toolLine.exec(line);
  if (tool) {
    return (
      <>
        <span className="text-(--ansi-bright-black)">{tool[1]}</span>
        <span className="font-[600] text-(--ansi-bright-white)">{tool[2]}</span>
        {tool[3]}
      </>
    );
  }
  const bullet = /^(\s*[●•⏺]\s)(.*)$/.exec(line);
  if (bullet) {
    return (
      <>
        <span className="text-(--ansi-bright-black)">{bullet[1]}</span>
        {bullet[2]}
      </>
    );
  }
  for (const [pattern, className] of signs) {
    const match = pattern.exec(line);
    if (!match) continue;
    return (
      <>
        <span className={className}>{match[1]}</span>
        {match[2]}
      </>
    );
  }
  return line.replaceAll('**', '');
}

/** A worker's last lines, whole ones only, the newest at the bottom. */
export function Miniature({ worker }: { worker: Worker }) {
  const [ref, visible] = useVisible<HTMLDivElement>();
  const screen = useTerminalPreview(
    worker.kind === 'interactive' ? worker.terminalId : null,
    visible && worker.state !== 'ended',
  );
  const lines = screen ?? worker.preview;
  const first = lines.findIndex((line) => line.trim() !== '');
  const shown = first < 0 ? [] : lines.slice(first);
  return (
    <div
      ref={ref}
      className="miniature flex min-h-0 flex-1 items-end border-y border-hair-soft bg-term-bg px-3 py-1"
      aria-hidden
    >
      <div className="flex w-full items-end overflow-hidden">
        <pre className="fade-right w-full overflow-hidden text-xs leading-4 text-term-fg">
          {shown.length === 0 ? (
            <span className="text-ink-3">
              {worker.state === 'ended'
                ? ''
                : worker.kind === 'interactive'
                  ? 'The screen comes when it starts.'
                  : 'The first line comes with its first word.'}
            </span>
          ) : (
            shown.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line of a screen has no other identity than its place
              <span key={index} className="block min-h-4 whitespace-pre">
                <MiniLine line={line} folder={worker.worktreePath} />
              </span>
            ))
          )}
        </pre>
      </div>
    </div>
  );
}
