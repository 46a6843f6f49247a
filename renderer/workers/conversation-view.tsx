import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, CornerDownRight, Info, TriangleAlert } from 'lucide-react';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import type { Message } from '../../shared/conversation.ts';
import type { Worker } from '../../shared/workers.ts';
import { useWaitingApproval } from '../app/use-rows.ts';
import { ApprovalBlock } from '../inbox/approval-block.tsx';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem } from '../ui/fields.tsx';
import { clockTime, duration, exactTime, money, tokens } from '../ui/format.ts';
import { Markdown } from '../ui/markdown.tsx';
import { Prompt, Thinking, ToolCard } from '../ui/said.tsx';
import { StateMark } from '../ui/state-mark.tsx';
import { useLayoutOnChange } from '../ui/use-on-change.ts';
import { ActivityText } from './activity-text.tsx';
import { Composer } from './composer.tsx';
import { useConversation } from './use-conversation.ts';

const outcomeWords = {
  completed: 'Turn done',
  interrupted: 'Interrupted',
  failed: 'Turn failed',
  limit: 'Stopped by a limit',
} as const;

function Turn({ message }: { message: Extract<Message, { kind: 'turn' }> }) {
  const facts = [
    message.durationMs !== null ? duration(message.durationMs, true) : null,
    message.inputTokens + message.outputTokens > 0
      ? `${tokens(message.inputTokens + message.outputTokens)} tokens`
      : null,
    message.costUsd !== null ? money(message.costUsd) : null,
  ].filter(Boolean);
  return (
    <>
      {message.outcome !== 'completed' && message.outcome !== 'interrupted' && message.text && (
        <Problem className="mb-2">{message.text}</Problem>
      )}
      <div className="mb-5 flex items-center gap-3 text-xs text-ink-3" title={exactTime(message.at)}>
        <span className="h-px flex-1 bg-hair" />
        <span
          className={cx(message.outcome === 'failed' && 'text-failed', message.outcome === 'limit' && 'text-needs')}
        >
          {outcomeWords[message.outcome]} {clockTime(message.at)}
        </span>
        <span>{facts.join(' · ')}</span>
        <span className="h-px flex-1 bg-hair" />
      </div>
    </>
  );
}

function toolPosition(messages: readonly Message[], index: number): 'only' | 'first' | 'middle' | 'last' {
  const here = messages[index];
  const joins = (other: Message | undefined): boolean =>
    other?.kind === 'tool' && other.parentToolUseId === here?.parentToolUseId;
  const before = joins(messages[index - 1]);
  const after = joins(messages[index + 1]);
  if (before && after) return 'middle';
  if (before) return 'last';
  return after ? 'first' : 'only';
}

const Entry = memo(function Entry({
  message,
  worker,
  position,
}: {
  message: Message;
  worker: Pick<Worker, 'worktreePath'>;
  position: 'only' | 'first' | 'middle' | 'last';
}) {
  switch (message.kind) {
    case 'prompt':
      return (
        <Prompt text={message.text}>
          {message.delivery === 'failed' ? (
            <span className="text-failed">never arrived; send it again</span>
          ) : (
            <span title={exactTime(message.at)}>
              {message.delivery === 'queued' ? 'not read yet' : clockTime(message.at)}
            </span>
          )}
        </Prompt>
      );
    case 'text':
      return (
        <div className={cx('mb-3', message.parentToolUseId && 'ml-6 text-sm text-ink-2')}>
          {message.parentToolUseId && (
            <CornerDownRight size={12} aria-label="sub-agent" className="mb-0.5 inline text-ink-3" />
          )}
          <Markdown text={message.text} />
        </div>
      );
    case 'thinking':
      return message.text.trim() ? <Thinking text={message.text} /> : null;
    case 'tool':
      return (
        <ToolCard
          name={message.name}
          input={message.input}
          state={message.state}
          output={message.output}
          durationMs={message.durationMs}
          nested={message.parentToolUseId !== null}
          folder={worker.worktreePath}
          position={position}
        />
      );
    case 'turn':
      return <Turn message={message} />;
    case 'notice':
      return (
        <p
          className={cx(
            'mb-3 flex items-start gap-2 text-sm',
            message.level === 'error' ? 'text-failed' : message.level === 'warning' ? 'text-needs' : 'text-ink-3',
          )}
        >
          {message.level === 'info' ? (
            <Info size={14} aria-hidden className="mt-[3px] shrink-0" />
          ) : (
            <TriangleAlert size={14} aria-hidden className="mt-[3px] shrink-0" />
          )}
          <span className="min-w-0 whitespace-pre-wrap wrap-anywhere">
            {message.text} <span className="text-xs whitespace-nowrap text-ink-3">{clockTime(message.at)}</span>
          </span>
        </p>
      );
  }
});

/** How near the end counts as being at it. */
const atEndPx = 40;

/** A worker's conversation: virtual, kept at its end while one is there, with what it asks and the composer below. */
export function ConversationView({ worker }: { worker: Worker }) {
  const { messages: all, partial, loading, error } = useConversation(worker.id);
  const approval = useWaitingApproval(worker.id);
  // What is asked stands whole above the composer: the same call is not shown twice.
  const asked = approval?.toolUseId;
  const messages = useMemo(
    () => (asked ? all.filter((message) => message.kind !== 'tool' || message.toolUseId !== asked) : all),
    [all, asked],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const follows = useRef(true);
  const virtual = useVirtualizer({
    count: messages.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimate(messages[index]),
    getItemKey: (index) => messages[index]?.id ?? index,
    overscan: 8,
    paddingStart: 16,
  });
  const total = virtual.getTotalSize();

  // Each of these makes the content longer.
  useLayoutOnChange(() => {
    const element = scroller.current;
    if (element && follows.current) element.scrollTop = element.scrollHeight;
  }, [total, partial, messages.length, approval?.id]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (follows.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="relative min-h-0 flex-1">
        <div
          ref={scroller}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          role="log"
          aria-label={`Conversation of ${worker.name}`}
          className="focus-inset h-full overflow-y-auto px-6 max-phone:px-4"
          onScroll={(event) => {
            const element = event.currentTarget;
            const near = element.scrollHeight - element.scrollTop - element.clientHeight < atEndPx;
            follows.current = near;
            setAtEnd(near);
          }}
        >
          <div className="mx-auto flex min-h-full w-full max-w-[760px] flex-col justify-end">
            {messages.length === 0 && <Beginning worker={worker} loading={loading} />}
            <div className="relative shrink-0" style={{ height: messages.length > 0 ? total : 0 }}>
              {virtual.getVirtualItems().map((item) => {
                const message = messages[item.index];
                if (!message) return null;
                return (
                  <div
                    key={item.key}
                    data-index={item.index}
                    ref={virtual.measureElement}
                    className="absolute inset-x-0 top-0"
                    style={{ transform: `translateY(${item.start}px)` }}
                  >
                    <Entry
                      message={message}
                      worker={worker}
                      position={message.kind === 'tool' ? toolPosition(messages, item.index) : 'only'}
                    />
                  </div>
                );
              })}
            </div>
            {partial && (
              <div className="writing mb-3" data-testid="partial">
                <Markdown text={partial} />
              </div>
            )}
            {worker.state === 'working' && !partial && messages.at(-1)?.kind !== 'tool' && (
              <p className="mb-4 flex items-center gap-2 text-sm text-ink-3">
                <StateMark mark="working" size={12} label={false} />
                <ActivityText text={worker.activity?.text ?? 'Working'} worker={worker} />
              </p>
            )}
            {error && <Problem className="mb-3">The conversation could not be read: {error}</Problem>}
          </div>
        </div>
        {!atEnd && (
          <Button
            size="sm"
            icon={ArrowDown}
            className="absolute bottom-2 left-1/2 -translate-x-1/2 bg-raised! shadow-(--shadow-pop)"
            onClick={() => scroller.current?.scrollTo({ top: scroller.current.scrollHeight })}
          >
            To the end
          </Button>
        )}
      </div>
      <div className="mx-auto flex max-h-[70%] w-full max-w-[808px] shrink-0 flex-col gap-2 px-6 pt-1 pb-4 max-phone:px-3 max-phone:pb-3">
        {approval && <ApprovalBlock approval={approval} worker={worker} />}
        <Composer worker={worker} waits={approval !== undefined} />
      </div>
    </div>
  );
}

function estimate(message: Message | undefined): number {
  if (!message) return 40;
  if (message.kind === 'tool') return 33;
  if (message.kind === 'turn') return 40;
  if (message.kind === 'text' || message.kind === 'prompt') return 32 + Math.ceil(message.text.length / 100) * 20;
  return 34;
}

function Beginning({ worker, loading }: { worker: Worker; loading: boolean }) {
  if (loading) return null;
  return (
    <div className="mb-4 grid gap-2 text-ink-2">
      {worker.prompt && (
        <div className="rounded-[8px] bg-active px-3.5 py-[9px] leading-[1.55] whitespace-pre-wrap">
          {worker.prompt}
        </div>
      )}
      <p className="text-sm text-ink-3">
        {worker.state === 'queued'
          ? 'It waits in the queue. Its first line comes when a place is free.'
          : worker.state === 'preparing' || worker.state === 'starting'
            ? 'Its worktree is being made. The first line comes when that ends.'
            : worker.prompt
              ? 'The first line comes soon.'
              : 'Nothing was said yet. Write what it should do.'}
      </p>
    </div>
  );
}
