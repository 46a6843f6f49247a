import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { teamForTests } from '../../testing/team-for-tests.ts';
import { findTranscript } from '../claude/transcript.ts';

const here = teamForTests();

interface Sum {
  messages: number;
  tokens: number;
  costUsd: number;
}

/** Sums a transcript by itself: each model message once, at the price of the one model that is used here. */
async function sumTranscript(sessionId: string): Promise<Sum> {
  const found = await findTranscript(join(here.room.home.folder, 'claude'), sessionId);
  const byId = new Map<string, { in: number; out: number }>();
  for (const line of (await readFile(found?.path ?? '', 'utf8')).split('\n').filter(Boolean)) {
    const record = JSON.parse(line);
    if (record.type !== 'assistant' || record.message.model === '<synthetic>') continue;
    const { usage, id } = record.message;
    byId.set(id, { in: usage.input_tokens, out: usage.output_tokens });
  }
  const all = [...byId.values()];
  const input = all.reduce((sum, message) => sum + message.in, 0);
  const output = all.reduce((sum, message) => sum + message.out, 0);
  // Claude Sonnet 4.5: 3 and 15 dollars for a million tokens.
  return { messages: all.length, tokens: input + output, costUsd: (3 * input + 15 * output) / 1_000_000 };
}

const hold = (seconds: number) => ({
  name: 'Bash',
  input: { command: `node -e 'setTimeout(() => {}, ${seconds * 1000})'`, description: 'Wait' },
});

test('tokens and cost are what the transcript holds, after a kill, a resume and both kinds; the books agree', async () => {
  const worker = await here.team.spawn(
    'counted',
    [
      {
        text: 'One.',
        tools: [{ name: 'Bash', input: { command: 'echo a', description: 'A' } }],
        usage: { input_tokens: 1111 },
        out: 11,
      },
      { thinking: 'Well.', text: 'Two.', usage: { input_tokens: 222 }, out: 22 },
    ],
    { allowedTools: ['Bash(node *)'] },
  );
  await here.team.when(worker.id, ({ turns }) => turns === 1);
  await here.team.say(worker.id, 'killed', [
    { text: 'Before the kill.', usage: { input_tokens: 3333 }, out: 33, tools: [hold(60)] },
    { text: 'After it.', usage: { input_tokens: 44 }, out: 4 },
  ]);
  const busy = await here.team.when(
    worker.id,
    ({ activity }) => activity?.tool === 'Bash' && activity.text.includes('node'),
  );
  // What is said is on the disk up to an eighth of a second later.
  await expect.poll(async () => (await sumTranscript(worker.sessionId)).messages).toBe(3);
  process.kill(busy.pid ?? 0, 'SIGKILL');
  await here.team.when(worker.id, ({ state }) => state === 'ended');
  await here.room.api.workers.resume({ id: worker.id });
  await here.team.say(worker.id, 'resumed', [{ text: 'Back.', usage: { input_tokens: 500 }, out: 50 }]);
  await here.team.when(worker.id, ({ restarts, state, turns }) => restarts === 1 && state === 'idle' && turns === 2);
  await here.room.api.workers.switchKind({ id: worker.id, kind: 'interactive' });
  await here.team.when(worker.id, ({ kind, state }) => kind === 'interactive' && state === 'idle');
  await here.team.say(worker.id, 'on screen', [{ text: 'Typed.', usage: { input_tokens: 6000 }, out: 60 }]);
  await here.team.when(worker.id, ({ turns }) => turns === 3);
  await here.room.api.workers.stop({ id: worker.id });
  const end = await here.team.when(worker.id, ({ state, kind }) => state === 'ended' && kind === 'interactive');

  const sum = await sumTranscript(worker.sessionId);
  const { usage } = end;
  expect(sum.messages).toBeGreaterThanOrEqual(5);
  expect(usage.inputTokens + usage.outputTokens).toBe(sum.tokens);
  expect(usage.costUsd).toBeCloseTo(sum.costUsd, 6);
  const { spending } = await here.room.api.events.state();
  expect(spending.today.tokens).toBe(sum.tokens);
  expect(spending.today.costUsd).toBeCloseTo(sum.costUsd, 6);
  const { items } = await here.room.api.workers.messages({ id: worker.id });
  const turns = items.flatMap((message) => (message.kind === 'turn' ? [message] : []));
  expect(turns.reduce((total, turn) => total + (turn.costUsd ?? 0), 0)).toBeCloseTo(sum.costUsd, 6);
});
