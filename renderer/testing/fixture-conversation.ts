import type { Message } from '../../shared/conversation.ts';
import type { WorkerId } from '../../shared/ids.ts';
import { verifyAfter, verifyBefore } from './fixture-state.ts';

const minute = 60_000;

type Part<T> = T extends unknown ? Omit<T, 'id' | 'workerId' | 'revision' | 'at' | 'parentToolUseId'> : never;

/** The conversation of `webhook-signing`. */
export function fixtureConversation(now: number): Message[] {
  const parts: Part<Message>[] = [
    {
      kind: 'prompt',
      text: 'Check the webhook signatures: compare in constant time, refuse old timestamps, and let a customer rotate the secret without losing a delivery.',
      delivery: 'sent',
    },
    {
      kind: 'thinking',
      text: 'The comparison is in verify.ts. I should look at the docs first, then at every caller.',
    },
    {
      kind: 'text',
      text: 'Three things are wrong in `verify.ts` today:\n\n- The hex strings are compared with `===`, so the time it takes tells how much of a guess is right.\n- A recorded delivery can be sent again for ever, because nothing looks at its timestamp.\n- There is one secret. The moment it changes, every delivery on its way is refused.',
    },
    {
      kind: 'tool',
      toolUseId: 't1',
      name: 'Read',
      input: { file_path: '/home/user/worktrees/webhook-signing/docs/webhooks.md' },
      state: 'done',
      output: Array.from({ length: 212 }, (_, line) => `${line + 1}\ttext`).join('\n'),
      durationMs: 40,
    },
    {
      kind: 'tool',
      toolUseId: 't2',
      name: 'Write',
      input: {
        file_path: '/home/user/worktrees/webhook-signing/src/webhooks/timestamp.ts',
        content: Array.from({ length: 38 }, (_, line) => `export const line${line} = ${line};`).join('\n'),
      },
      state: 'done',
      output: 'File created',
      durationMs: 12,
    },
    {
      kind: 'tool',
      toolUseId: 't3',
      name: 'Bash',
      input: { command: 'npm test -- webhooks' },
      state: 'done',
      output:
        '✓ accepts a delivery that is 4 m 59 s old (3 ms)\n✓ refuses one that is 5 m 01 s old (2 ms)\n12 passed, 0 failed',
      durationMs: 1900,
    },
    {
      kind: 'turn',
      outcome: 'completed',
      text: null,
      durationMs: 184_000,
      costUsd: 0.81,
      inputTokens: 31_000,
      outputTokens: 17_000,
    },
    { kind: 'prompt', text: 'Good. Now the comparison itself.', delivery: 'sent' },
    {
      kind: 'text',
      text: 'Old timestamps are refused now. Next I compare the raw digests; the length check comes first, because `timingSafeEqual` throws on buffers of different length.',
    },
    {
      kind: 'tool',
      toolUseId: 'toolu_a-edit',
      name: 'Edit',
      input: {
        file_path: '/home/user/worktrees/webhook-signing/src/webhooks/verify.ts',
        old_string: verifyBefore,
        new_string: verifyAfter,
      },
      state: 'running',
      output: null,
      durationMs: null,
    },
  ];
  return parts.map(
    (part, index) =>
      ({
        ...part,
        id: index + 1,
        workerId: 'webhook-signing' as WorkerId,
        revision: index + 1,
        at: now - (33 - index * 3) * minute,
        parentToolUseId: null,
      }) as Message,
  );
}
