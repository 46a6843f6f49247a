import {
  AlarmClock,
  CircleHelp,
  Gauge,
  KeyRound,
  Layers,
  type LucideIcon,
  OctagonX,
  RotateCw,
  ShieldQuestion,
  Timer,
  TriangleAlert,
  Wrench,
} from 'lucide-react';
import type { Approval } from '../../shared/approvals.ts';
import type { InboxItem } from '../../shared/inbox.ts';
import type { Worker } from '../../shared/workers.ts';
import { inboxMark } from '../data/worker-state.ts';
import { cx } from '../ui/cx.ts';
import { plural } from '../ui/format.ts';
import { Delta } from '../ui/instruments.tsx';
import { countChanges } from '../ui/line-diff.ts';
import { markTextColors, StateMark } from '../ui/state-mark.tsx';
import { ShellSyntax } from '../ui/syntax.tsx';
import { questionsOf, summarizeTool } from '../workers/tool-summary.ts';
import { kindWord } from './approval-words.ts';

/** An item with the rows it speaks of. */
export interface ItemRows {
  item: InboxItem;
  approval: Approval | undefined;
  worker: Worker | undefined;
}

/** Words of the kinds that are no request, for a row and for a heading. */
export const troubleWords: Record<
  Exclude<InboxItem['kind'], 'tool' | 'question' | 'plan'>,
  { icon: LucideIcon; word: string; title: string }
> = {
  trust: { icon: ShieldQuestion, word: 'Trust', title: 'Trust this repository?' },
  login: { icon: KeyRound, word: 'Login', title: 'Claude wants a login' },
  setup: { icon: Wrench, word: 'Set-up failed', title: 'It could not be started' },
  crash: { icon: OctagonX, word: 'Crash', title: 'Its process died' },
  failed: { icon: OctagonX, word: 'Failed', title: 'Its turn failed' },
  stall: { icon: AlarmClock, word: 'Stalled', title: 'It works without a sign of life' },
  limit: { icon: Timer, word: 'Limit reached', title: 'It has used up what it may' },
  'limit-warning': { icon: Gauge, word: 'Near a limit', title: 'It nears a limit' },
  retry: { icon: RotateCw, word: 'Retrying', title: 'The API refuses for now' },
  context: { icon: Layers, word: 'Context', title: 'The model’s window is nearly full' },
};

/** Kind of an item in a word, with its icon. */
export function itemKind({ item, approval }: Pick<ItemRows, 'item' | 'approval'>): { icon: LucideIcon; words: string } {
  if (!approval) {
    if (item.kind === 'tool' || item.kind === 'question' || item.kind === 'plan')
      return { icon: CircleHelp, words: 'Request' };
    const { icon, word } = troubleWords[item.kind];
    return { icon, words: word };
  }
  if (approval.kind === 'question') {
    const questions = questionsOf(approval.input);
    const options = questions[0]?.options.length ?? 0;
    return {
      icon: CircleHelp,
      words:
        questions.length > 1
          ? plural(questions.length, 'question')
          : options > 0
            ? `Question, ${plural(options, 'option')}`
            : 'Question',
    };
  }
  return { icon: summarizeTool(approval.toolName, approval.input, null).icon, words: kindWord(approval) };
}

/** What an item is about, in a line. */
export function ItemLine({ item, approval, worker }: ItemRows) {
  if (!approval) return <>{item.text}</>;
  const tool = summarizeTool(approval.toolName, approval.input, worker?.worktreePath ?? null);
  if (approval.kind !== 'tool' || !tool.subject) return <>{approval.summary}</>;
  const changes = tool.diff ? countChanges(tool.diff) : null;
  return (
    <>
      {tool.subjectIs !== 'command' && `${tool.title} `}
      <code className="wrap-anywhere">
        {tool.subjectIs === 'command' ? <ShellSyntax text={tool.subject} /> : tool.subject}
      </code>{' '}
      {changes && <Delta {...changes} />}
    </>
  );
}

/** The mark of an item: that of its worker's state, or a warning's triangle for what is only worth knowing. */
export function ItemMark({ item, now, className }: { item: InboxItem; now: number; className?: string }) {
  const mark = inboxMark(item, now);
  return mark === 'info' ? (
    <TriangleAlert size={16} aria-label="worth knowing" className={cx('shrink-0 text-needs', className)} />
  ) : (
    <StateMark mark={mark} className={className} />
  );
}

/** Text colour of an item's age: red when it is late. */
export function ageColor(item: InboxItem, now: number): string {
  const mark = inboxMark(item, now);
  return mark === 'info' ? 'text-ink-3' : markTextColors[mark];
}

/** "asks for", "failed", "since": what stands before an item's age. */
export function ageWords(item: InboxItem): { before: string; after: string } {
  if (item.approvalId) return { before: 'asks for', after: '' };
  if (item.kind === 'crash' || item.kind === 'failed' || item.kind === 'setup' || item.kind === 'limit')
    return { before: '', after: 'ago' };
  return { before: 'for', after: '' };
}
