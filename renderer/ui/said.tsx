import { Ban, ChevronDown, ChevronRight } from 'lucide-react';
import { memo, type ReactNode, useMemo, useState } from 'react';
import { InputTable } from '../inbox/approval-body.tsx';
import { summarizeTool } from '../workers/tool-summary.ts';
import { cx } from './cx.ts';
import { DiffView } from './diff-view.tsx';
import { duration, plural } from './format.ts';
import { Delta } from './instruments.tsx';
import { countChanges } from './line-diff.ts';
import { MoreLines } from './more-lines.tsx';
import { StateMark } from './state-mark.tsx';
import { ShellSyntax } from './syntax.tsx';

/** Output longer than this folds until asked. */
const foldLines = 12;

/** What a tool answered. Long ones fold until asked. */
export function Output({ text, failed }: { text: string; failed: boolean }) {
  const [open, setOpen] = useState(false);
  const lines = text.replace(/\s+$/, '').split('\n');
  const folded = !open && lines.length > foldLines + 2;
  return (
    <div className="border-t border-hair-soft bg-term-bg">
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className={cx(
          'focus-inset max-h-[60vh] overflow-auto px-3 py-2 text-xs leading-[17px]',
          failed ? 'text-del' : 'text-term-fg',
        )}
      >
        {(folded ? lines.slice(0, foldLines) : lines).join('\n')}
      </pre>
      {folded && <MoreLines count={lines.length - foldLines} onShow={() => setOpen(true)} />}
    </div>
  );
}

/** Where a card stands in a row of cards. */
export type CardPosition = 'only' | 'first' | 'middle' | 'last';

/** A tool call: what it does in one line, its difference and output on demand. A failed one is open. */
export const ToolCard = memo(function ToolCard({
  name,
  input,
  state,
  output,
  durationMs,
  nested,
  folder,
  position,
}: {
  name: string;
  input: Record<string, unknown>;
  /** `unknown`: what it answered is not at hand. */
  state: 'running' | 'done' | 'failed' | 'denied' | 'unknown';
  output: string | null;
  durationMs: number | null;
  /** Called by a sub-agent. */
  nested: boolean;
  /** Paths inside it are shown without it. */
  folder: string | null;
  position: CardPosition;
}) {
  const tool = useMemo(() => summarizeTool(name, input, folder), [name, input, folder]);
  const changes = tool.diff ? countChanges(tool.diff) : null;
  const failed = state === 'failed' || state === 'denied';
  const [chosen, setChosen] = useState<boolean | null>(null);
  const open = chosen ?? (failed && Boolean(output));
  const outputLines = output?.replace(/\s+$/, '').split('\n').length ?? 0;
  return (
    <section
      aria-label={`${tool.title} ${tool.subject}`.slice(0, 120)}
      className={cx(
        'overflow-hidden border-x border-t border-hair bg-surface',
        (position === 'only' || position === 'first') && 'rounded-t-3',
        (position === 'only' || position === 'last') && 'rounded-b-3 border-b',
        position === 'only' || position === 'last' ? 'mb-3' : '',
        position !== 'only' && position !== 'first' && 'border-t-hair-soft',
        nested && 'ml-6',
      )}
    >
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setChosen(!open)}
        className="focus-inset flex h-8 w-full items-center gap-2 pr-2.5 pl-3 text-left text-sm whitespace-nowrap hover:bg-hover max-phone:h-11"
      >
        <tool.icon size={14} aria-hidden className="shrink-0 text-ink-3" />
        <b className="font-medium">{tool.title}</b>
        <span
          className={cx(
            'min-w-0 flex-1 truncate',
            tool.subjectIs === 'text' ? 'text-ink-2' : 'font-mono text-[11.5px]',
          )}
          title={tool.subject}
        >
          {tool.subjectIs === 'command' ? <ShellSyntax text={tool.subject} /> : tool.subject}
        </span>
        <span className="shrink-0 text-ink-3">
          {changes ? (
            <Delta {...changes} />
          ) : name === 'Read' && state === 'done' && outputLines > 0 ? (
            plural(outputLines, 'line')
          ) : durationMs !== null ? (
            duration(durationMs, true)
          ) : (
            ''
          )}
        </span>
        {state === 'denied' ? (
          <Ban size={13} role="img" aria-label="denied" className="shrink-0 text-ink-3" />
        ) : (
          state !== 'unknown' && (
            <StateMark mark={state === 'running' ? 'working' : failed ? 'failed' : 'done'} size={12} />
          )
        )}
        {open ? (
          <ChevronDown size={14} aria-hidden className="shrink-0 text-ink-3" />
        ) : (
          <ChevronRight size={14} aria-hidden className="shrink-0 text-ink-3" />
        )}
      </button>
      {open && (
        <>
          {tool.diff ? (
            <div className="border-t border-hair-soft">
              <DiffView
                lines={tool.diff}
                label={`Change of ${tool.subject}`}
                foldAt={foldLines}
                numbers={tool.title === 'Write' ? 'one' : 'none'}
                dense
              />
            </div>
          ) : tool.subjectIs === 'command' && tool.subject.length > 60 ? (
            <pre className="border-t border-hair-soft px-3 py-2 text-xs leading-[17px] whitespace-pre-wrap wrap-anywhere">
              <ShellSyntax text={tool.subject} />
            </pre>
          ) : tool.subjectIs === 'text' && Object.keys(input).length > 0 ? (
            <div className="border-t border-hair-soft p-2">
              <InputTable input={input} />
            </div>
          ) : null}
          {output ? (
            <Output text={output} failed={state === 'failed'} />
          ) : (
            !tool.diff && (
              <p className="border-t border-hair-soft px-3 py-2 text-xs text-ink-3">
                {state === 'running'
                  ? 'Still running; what it answers comes here.'
                  : state === 'unknown'
                    ? 'What it answered is not in the record.'
                    : 'It answered nothing.'}
              </p>
            )
          )}
        </>
      )}
    </section>
  );
});

/** A prompt longer than this folds until asked, in characters and lines. */
const foldPromptLength = 1200;

/** What a person said. Long ones fold until asked; `children` stand behind it. */
export function Prompt({ text, children }: { text: string; children?: ReactNode }) {
  const [open, setOpen] = useState(false);
  const long = text.length > foldPromptLength || text.split('\n', foldLines + 3).length > foldLines + 2;
  return (
    <div className="mb-3 rounded-[8px] bg-active px-3.5 py-[9px] leading-[1.55]">
      <span className={cx('whitespace-pre-wrap wrap-anywhere', long && !open && 'line-clamp-[12]')}>{text}</span>{' '}
      {long && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="mr-2 text-sm text-accent-text hover:underline"
        >
          {open ? 'Fold' : 'Show all'}
        </button>
      )}
      <span className="text-sm text-ink-3">{children}</span>
    </div>
  );
}

/** What a model thought, folded. */
export function Thinking({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const first = text.trim().split('\n')[0] ?? '';
  return (
    <div className="mb-3 text-ink-3">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full min-w-0 items-center gap-1.5 rounded-2 text-left text-sm hover:text-ink-2"
      >
        {open ? (
          <ChevronDown size={12} aria-hidden className="shrink-0" />
        ) : (
          <ChevronRight size={12} aria-hidden className="shrink-0" />
        )}
        <span className="shrink-0">Thought</span>
        {!open && <span className="truncate italic">{first}</span>}
      </button>
      {open && <div className="mt-1 border-l-2 border-hair pl-3 text-sm whitespace-pre-wrap">{text.trim()}</div>}
    </div>
  );
}
