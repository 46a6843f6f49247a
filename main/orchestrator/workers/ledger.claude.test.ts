import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from '../../testing/git-fixture.ts';
import { type ScriptedModel, startScriptedModel } from '../../testing/scripted-model.ts';
import { createTeam, type Team } from '../../testing/team.ts';
import { startTestControlRoom, type TestControlRoom } from '../../testing/test-control-room.ts';
import { findTranscript } from '../claude/transcript.ts';

let model: ScriptedModel;
let repository: GitFixture;
let room: TestControlRoom;
let team: Team;

beforeAll(async () => {
  model = await startScriptedModel();
  repository = await createGitFixture();
  room = await startTestControlRoom({ modelUrl: model.url });
  team = createTeam(room, await room.api.projects.add({ path: repository.path }));
});

afterAll(async () => {
  await room.close();
  await model.close();
  await repository.close();
});

interface Sum {
  messages: number;
  tokens: number;
  costUsd: number;
}

/** Sums a transcript by itself: each model message once, at the price of the one model that is used here. */
async function sumTranscript(sessionId: string): Promise<Sum> {
  const found = await findTranscript(join(room.home.folder, 'claude'), sessionId);
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
  const worker = await team.spawn(
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
  await team.when(worker.id, ({ turns }) => turns === 1);
  await team.say(worker.id, 'killed', [
    { text: 'Before the kill.', usage: { input_tokens: 3333 }, out: 33, tools: [hold(60)] },
    { text: 'After it.', usage: { input_tokens: 44 }, out: 4 },
  ]);
  const busy = await team.when(
    worker.id,
    ({ activity }) => activity?.tool === 'Bash' && activity.text.includes('node'),
  );
  // What is said is on the disk up to an eighth of a second later.
  await expect.poll(async () => (await sumTranscript(worker.sessionId)).messages).toBe(3);
  process.kill(busy.pid ?? 0, 'SIGKILL');
  await team.when(worker.id, ({ state }) => state === 'ended');
  await room.api.workers.resume({ id: worker.id });
  await team.say(worker.id, 'resumed', [{ text: 'Back.', usage: { input_tokens: 500 }, out: 50 }]);
  await team.when(worker.id, ({ restarts, state, turns }) => restarts === 1 && state === 'idle' && turns === 2);
  await room.api.workers.switchKind({ id: worker.id, kind: 'interactive' });
  await team.when(worker.id, ({ kind, state }) => kind === 'interactive' && state === 'idle');
  await team.say(worker.id, 'on screen', [{ text: 'Typed.', usage: { input_tokens: 6000 }, out: 60 }]);
  await team.when(worker.id, ({ turns }) => turns === 3);
  await room.api.workers.stop({ id: worker.id });
  const end = await team.when(worker.id, ({ state, kind }) => state === 'ended' && kind === 'interactive');

  const sum = await sumTranscript(worker.sessionId);
  const { usage } = end;
  expect(sum.messages).toBeGreaterThanOrEqual(5);
  expect(usage.inputTokens + usage.outputTokens).toBe(sum.tokens);
  expect(usage.costUsd).toBeCloseTo(sum.costUsd, 6);
  const { spending } = await room.api.events.state();
  expect(spending.today.tokens).toBe(sum.tokens);
  expect(spending.today.costUsd).toBeCloseTo(sum.costUsd, 6);
  const { items } = await room.api.workers.messages({ id: worker.id });
  const turns = items.flatMap((message) => (message.kind === 'turn' ? [message] : []));
  expect(turns.reduce((total, turn) => total + (turn.costUsd ?? 0), 0)).toBeCloseTo(sum.costUsd, 6);
});
