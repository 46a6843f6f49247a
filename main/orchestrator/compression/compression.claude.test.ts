import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionId } from '../../../shared/ids.ts';
import { type ScriptedModel, startScriptedModel } from '../../testing/scripted-model.ts';
import { startTestControlRoom, type TestControlRoom } from '../../testing/test-control-room.ts';
import { createRandom, transcriptLines, writeTranscript } from '../../testing/transcripts.ts';

const sessionId = '0b3c1d9e-6f7a-4b1e-9a51-2f1a7b8c9d0e' as SessionId;
const endless = '1c4d2e0f-7a8b-4c2f-8b62-3a2b8c9d0e1f' as SessionId;

let model: ScriptedModel;
let room: TestControlRoom;

beforeAll(async () => {
  model = await startScriptedModel({
    plan: (prompt) =>
      prompt.includes('User: Wait')
        ? [{ text: 'I wait.', hang: true }]
        : prompt.includes('User:')
          ? [
              {
                text: JSON.stringify({
                  summary: 'The quagga was drawn.',
                  topics: ['quagga'],
                  decisions: ['Ink was chosen.'],
                  openPoints: [],
                }),
                usage: { input_tokens: 5000 },
                out: 200,
              },
            ]
          : undefined,
  });
  room = await startTestControlRoom({ modelUrl: model.url });
  await writeTranscript(
    join(room.home.folder, 'claude'),
    '-work',
    sessionId,
    transcriptLines({
      sessionId,
      cwd: '/work',
      turns: 3,
      startAt: Date.UTC(2026, 10, 20),
      random: createRandom(1),
      text: () => 'Draw the quagga.',
    }),
  );
  await writeTranscript(
    join(room.home.folder, 'claude'),
    '-work',
    endless,
    transcriptLines({
      sessionId: endless,
      cwd: '/work',
      turns: 1,
      startAt: Date.UTC(2026, 10, 20),
      random: createRandom(2),
      text: () => 'Wait for the quagga.',
    }),
  );
  for await (const _ of await room.api.sessions.watchIndex()) {
    const known = await Promise.allSettled([sessionId, endless].map((id) => room.api.sessions.get({ id })));
    if (known.every(({ status }) => status === 'fulfilled')) break;
  }
});

afterAll(async () => {
  await room.close();
  await model.close();
});

async function transcripts(): Promise<number> {
  return (await readdir(join(room.home.folder, 'claude', 'projects'), { recursive: true })).filter((name) =>
    name.endsWith('.jsonl'),
  ).length;
}

test('Claude compresses a session in one run without tools, and its cost is counted', async () => {
  const before = (await room.api.events.state()).spending.today;
  const files = await transcripts();
  const made = await room.api.compression.compress({ sessionId, engine: 'claude', preset: 'balanced' });
  expect(made).toMatchObject({
    engine: 'claude',
    model: 'sonnet',
    summary: 'The quagga was drawn.',
    topics: ['quagga'],
    decisions: [{ text: 'Ink was chosen.', index: null }],
    parts: 1,
    inputTokens: 5000,
    outputTokens: 200,
  });
  expect(made.costUsd).toBeGreaterThan(0);
  const asked = model.requests.filter(({ kind }) => kind === 'turn');
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ tools: 0 });
  expect(asked[0]?.system).toContain('You compress the record of a programming session');
  const { today } = (await room.api.events.state()).spending;
  expect(today.costUsd - before.costUsd).toBeCloseTo(made.costUsd);
  expect(today.tokens - before.tokens).toBe(5200);
  // It leaves no transcript that would be a session of its own.
  expect(await transcripts()).toBe(files);
  const again = await room.api.compression.compress({ sessionId, engine: 'claude', preset: 'balanced' });
  expect(again).toMatchObject({ cached: true, id: made.id });
  expect(model.requests.filter(({ kind }) => kind === 'turn')).toHaveLength(1);
});

test('over the port: without a wish, no model and no money', async () => {
  const { status, body } = await room.request('POST', '/api/sessions/compress', { sessionId });
  expect(status).toBe(200);
  expect(body).toMatchObject({ engine: 'extractive', model: null, costUsd: 0 });
  const listed = await room.request('GET', `/api/compressions?sessionId=${sessionId}`);
  expect((listed.body as { items: unknown[] }).items).toHaveLength(2);
  expect((await room.request('GET', '/api/models')).body).toMatchObject({ state: 'absent' });
  const doctor = await room.request('GET', '/api/doctor');
  expect((doctor.body as { checks: { id: string; state: string }[] }).checks).toContainEqual(
    expect.objectContaining({ id: 'ollama', state: 'not-installed' }),
  );
});

test('a run of Claude that is cancelled ends, and nothing is kept of it', async () => {
  const run = room.api.compression.compress({ sessionId: endless, engine: 'claude' }).catch((error: unknown) => error);
  const request = await model.waitFor(({ kind, text }) => kind === 'turn' && text.includes('User: Wait'));
  for await (const { jobs } of await room.api.compression.watch({ sessionId: endless })) {
    const [job] = jobs;
    if (!job) continue;
    expect(await room.api.compression.cancel({ id: job.id })).toEqual({ cancelled: true });
    break;
  }
  expect(await run).toMatchObject({ message: 'The compression was cancelled.' });
  await model.waitFor((one) => one === request && one.disconnected);
  expect((await room.api.compression.list({ sessionId: endless })).items).toEqual([]);
});
