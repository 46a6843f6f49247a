import { Bot, ChevronDown, ChevronRight, Copy, GitFork, Info, Link, Minimize2, RotateCcw } from 'lucide-react';
import { memo, useState } from 'react';
import type { Session, SessionRecord } from '../../shared/sessions.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { clockTime, exactTime, money, plural, tokens } from '../ui/format.ts';
import { Markdown } from '../ui/markdown.tsx';
import { type CardPosition, Output, Prompt, Thinking, ToolCard } from '../ui/said.tsx';
import { summarizeTool } from '../workers/tool-summary.ts';
import { choose, isChosen, letGo, useChosen } from './chosen.ts';
import { ForkDialog } from './fork-dialog.tsx';
import { hasImages, RecordImages, withoutMarks } from './record-images.tsx';
import { copyText, linkTo } from './session-menu.tsx';

const boundaries = {
  compacted: { icon: Minimize2, words: 'Compacted: what came before was summed up for the model' },
  resumed: { icon: RotateCcw, words: 'Resumed' },
  forked: { icon: GitFork, words: 'Forked here from another session' },
} as const;

/** What one would copy of a record: its text, for a call what it did and what came of it. */
export function textOf(record: SessionRecord, result: SessionRecord | undefined): string {
  if (record.role !== 'tool') return record.text;
  const tool = summarizeTool(record.toolName ?? 'tool', record.input ?? {}, null);
  const asked = tool.subject || record.text;
  return [asked, result?.text].filter(Boolean).join('\n\n');
}

interface EntryProps {
  session: Session;
  record: SessionRecord;
  /** What the call answered, where the record is a call. */
  result: SessionRecord | undefined;
  /** How many records of a sub-agent begin with this one; 0 where it begins none. */
  runCount: number;
  /** The call that started that sub-agent. */
  runCall: SessionRecord | undefined;
  /** Whether what that sub-agent did is shown. */
  open: boolean;
  position: CardPosition;
  /** A link leads here. */
  marked: boolean;
  onToggleRun: (parent: string) => void;
}

/** One record of a session, with what can be done to it. */
export const RecordEntry = memo(function RecordEntry({
  session,
  record,
  result,
  runCount,
  runCall,
  open,
  position,
  marked,
  onToggleRun,
}: EntryProps) {
  const nested = record.parentToolUseId !== null;
  const hidden = nested && !open;
  return (
    <>
      {runCount > 0 && record.parentToolUseId && (
        <RunHead
          call={runCall}
          count={runCount}
          open={open}
          marked={marked && hidden}
          onToggle={() => onToggleRun(record.parentToolUseId ?? '')}
        />
      )}
      {!hidden && (
        <div className={cx(nested && 'ml-2 border-l-2 border-hair pl-3.5')}>
          {record.boundary && <Boundary record={record} />}
          <div
            className={cx(
              'group/record relative',
              marked &&
                'before:absolute before:inset-y-0 before:-left-4 before:w-[3px] before:rounded-full before:bg-accent max-phone:before:-left-2.5',
            )}
          >
            <Said record={record} result={result} session={session} position={position} />
            {[record, result].map(
              (one) =>
                one && hasImages(one) && <RecordImages key={one.index} sessionId={session.id} index={one.index} />,
            )}
            <Strip record={record} result={result} session={session} />
          </div>
          {record.turn && <TurnEnd record={record} turn={record.turn} />}
        </div>
      )}
    </>
  );
});

function RunHead({
  call,
  count,
  open,
  marked,
  onToggle,
}: {
  call: SessionRecord | undefined;
  count: number;
  open: boolean;
  marked: boolean;
  onToggle: () => void;
}) {
  const Icon = open ? ChevronDown : ChevronRight;
  const name = call ? summarizeTool(call.toolName ?? 'Task', call.input ?? {}, null).subject : '';
  return (
    <button
      type="button"
      aria-expanded={open}
      onClick={onToggle}
      className={cx(
        'mb-3 flex h-8 w-full min-w-0 items-center gap-2 rounded-3 px-3 text-left text-sm text-ink-2 ring-1 ring-inset hover:bg-hover max-phone:h-11',
        marked ? 'bg-accent-bg ring-accent-line' : 'ring-hair',
      )}
    >
      <Bot size={14} aria-hidden className="shrink-0 text-ink-3" />
      <span className="min-w-0 flex-1 truncate">Sub-agent{name && <span className="text-ink-3">: {name}</span>}</span>
      <span className="figures shrink-0 text-ink-3">{plural(count, 'message')}</span>
      <Icon size={14} aria-hidden className="shrink-0 text-ink-3" />
    </button>
  );
}

function Boundary({ record }: { record: SessionRecord }) {
  if (!record.boundary) return null;
  const { icon: Icon, words } = boundaries[record.boundary];
  return (
    <div
      className="my-4 flex items-center gap-3 text-xs text-needs"
      title={record.at === null ? undefined : exactTime(record.at)}
    >
      <span className="h-px flex-1 bg-needs-line" />
      <Icon size={13} aria-hidden />
      <span>
        {words} {record.at !== null && <span className="whitespace-nowrap text-ink-3">{clockTime(record.at)}</span>}
      </span>
      <span className="h-px flex-1 bg-needs-line" />
    </div>
  );
}

function TurnEnd({ record, turn }: { record: SessionRecord; turn: NonNullable<SessionRecord['turn']> }) {
  return (
    <div
      className="figures mt-1 mb-5 flex items-center gap-3 text-xs text-ink-3"
      title={record.at === null ? undefined : exactTime(record.at)}
    >
      <span className="h-px flex-1 bg-hair" />
      <span>
        {tokens(turn.inputTokens)} in, {tokens(turn.outputTokens)} out · {money(turn.costUsd)}
      </span>
      <span className="h-px flex-1 bg-hair" />
    </div>
  );
}

/** A notice longer than this folds, in characters. */
const longNotice = 280;

function Said({ record, result, session, position }: Pick<EntryProps, 'record' | 'result' | 'session' | 'position'>) {
  const nested = record.parentToolUseId !== null;
  switch (record.role) {
    case 'user':
      if (record.boundary)
        return record.text.trim() ? <Folded title="What it goes on with" text={record.text} /> : null;
      return (
        <Prompt text={hasImages(record) ? withoutMarks(record.text) : record.text}>
          {record.at !== null && <span title={exactTime(record.at)}>{clockTime(record.at)}</span>}
        </Prompt>
      );
    case 'assistant':
      if (!record.text.trim()) return null;
      return (
        <div className={cx('mb-3', nested && 'text-sm text-ink-2')}>
          <Markdown text={record.text} />
        </div>
      );
    case 'thinking':
      return record.text.trim() ? <Thinking text={record.text} /> : null;
    case 'tool':
      return (
        <ToolCard
          name={record.toolName ?? 'Tool'}
          input={record.input ?? {}}
          state={
            record.failed || result?.failed
              ? 'failed'
              : result
                ? 'done'
                : session.state === 'live'
                  ? 'running'
                  : 'unknown'
          }
          output={result ? result.text : null}
          durationMs={result?.at != null && record.at !== null ? Math.max(0, result.at - record.at) : null}
          nested={false}
          folder={session.cwd}
          position={position}
        />
      );
    case 'result':
      return (
        <section aria-label="Tool output" className="mb-3 overflow-hidden rounded-3 ring-1 ring-inset ring-hair">
          <p className="px-3 py-1.5 text-sm text-ink-3">
            Output of {record.toolName ?? 'a tool'}, called further up{record.failed ? ': it failed' : ''}
          </p>
          <Output text={record.text} failed={record.failed} />
        </section>
      );
    case 'system':
      // The line that is drawn for a boundary says what its own few words do.
      if (record.boundary && record.text.length < longNotice) return null;
      if (!record.text.trim()) return null;
      if (record.text.length >= longNotice) {
        return <Folded title={record.text.trim().split('\n')[0]?.slice(0, 120) ?? ''} text={record.text} />;
      }
      return (
        <p className="mb-3 flex items-start gap-2 text-sm text-ink-3">
          <Info size={14} aria-hidden className="mt-[3px] shrink-0" />
          <span className="min-w-0 whitespace-pre-wrap wrap-anywhere">{record.text}</span>
        </p>
      );
  }
}

function Folded({ title, text }: { title: string; text: string }) {
  const [open, setOpen] = useState(false);
  const Icon = open ? ChevronDown : ChevronRight;
  return (
    <div className="mb-3 text-sm text-ink-2">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex max-w-full items-center gap-1.5 rounded-2 text-left text-ink-3 hover:text-ink-2 max-phone:h-11"
      >
        <Icon size={12} aria-hidden className="shrink-0" />
        <span className="truncate">{title}</span>
      </button>
      {open && (
        <div className="mt-1 border-l-2 border-hair pl-3">
          <Markdown text={text} />
        </div>
      )}
    </div>
  );
}

/** What can be done to one record: it comes with the pointer or the focus. */
function Strip({ record, result, session }: Pick<EntryProps, 'record' | 'result' | 'session'>) {
  const chosen = useChosen(({ byKey }) => isChosen(byKey, session.id, record.index));
  const choosing = useChosen((state) => state.choosing);
  const may = useStore((state) => state.access !== 'view');
  const [forking, setForking] = useState(false);
  const isPrompt = may && record.role === 'user' && record.parentToolUseId === null && session.state !== 'kept';
  const text = textOf(record, result);
  if (!text.trim()) return null;
  const toggle = (): void => {
    const { index, role, toolName } = record;
    if (chosen) letGo({ sessionId: session.id, index });
    else choose([{ sessionId: session.id, title: session.title, index, role, toolName, text }]);
  };
  return (
    <>
      {forking && <ForkDialog session={session} record={record} onClose={() => setForking(false)} />}
      {(choosing || chosen) && (
        <label
          className={cx(
            'absolute right-full flex h-8 w-8 items-center justify-center max-phone:w-11',
            // In the middle of the first line, which stands lower in a card than in plain text.
            record.role === 'user'
              ? 'top-1'
              : record.role === 'assistant' || record.role === 'thinking'
                ? '-top-1.5'
                : 'top-0',
          )}
        >
          <input
            type="checkbox"
            checked={chosen}
            aria-label={`Choose message ${record.index}`}
            onChange={toggle}
            className="size-4 accent-(--accent)"
          />
        </label>
      )}
      <span className="absolute -top-3 right-1 z-1 flex rounded-3 bg-raised p-px opacity-0 shadow-(--shadow-pop) group-hover/record:opacity-100 focus-within:opacity-100">
        {isPrompt && (
          <Button
            look="ghost"
            size="sm"
            icon={GitFork}
            aria-label={`Fork from message ${record.index}`}
            title="Fork from here into a new worker"
            onClick={() => setForking(true)}
          />
        )}
        <Button
          look="ghost"
          size="sm"
          icon={Copy}
          aria-label={`Copy message ${record.index}`}
          onClick={() => copyText(text)}
        />
        <Button
          look="ghost"
          size="sm"
          icon={Link}
          aria-label={`Copy the link to message ${record.index}`}
          onClick={() => copyText(linkTo(session.id, record.index), 'The link was copied.')}
        />
      </span>
    </>
  );
}
