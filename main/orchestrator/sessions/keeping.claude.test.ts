import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { SessionId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { Session } from '../../../shared/sessions.ts';
import { createGitFixture, type GitFixture } from '../../testing/git-fixture.ts';
import { type ScriptedModel, script, startScriptedModel } from '../../testing/scripted-model.ts';
import { createTeam, type Team } from '../../testing/team.ts';
import { startTestControlRoom, type TestControlRoom } from '../../testing/test-control-room.ts';
import { createRandom, transcriptLines, writeTranscript } from '../../testing/transcripts.ts';
import { findTranscript } from '../claude/transcript.ts';

let model: ScriptedModel;
let repository: GitFixture;
let room: TestControlRoom;
let project: Project;
let team: Team;
let claudeFolder: string;

beforeAll(async () => {
  model = await startScriptedModel();
  repository = await createGitFixture();
  room = await startTestControlRoom({ modelUrl: model.url });
  project = await room.api.projects.add({ path: repository.path });
  team = createTeam(room, project);
  claudeFolder = room.home.environment.CLAUDE_CONFIG_DIR ?? '';
});

afterEach(() => team.stopAll());

afterAll(async () => {
  await room.close();
  await model.close();
  await repository.close();
});

/** A session of three turns by the real CLI, whose process has ended. */
async function threeTurns(name: string): Promise<Session> {
  const worker = await team.spawn(name, [
    { text: `${name} first answer.`, tools: [{ name: 'Read', input: { file_path: `${repository.path}/README.md` } }] },
    { text: `${name} first end.` },
  ]);
  for (const [turn, word] of ['second', 'third'].entries()) {
    await team.when(worker.id, ({ state, turns }) => state === 'idle' && turns === turn + 1);
    await team.say(worker.id, `${name} ${word} prompt`, [{ text: `${name} ${word} answer.` }]);
  }
  await team.when(worker.id, ({ state, turns }) => state === 'idle' && turns === 3);
  await team.indexed(worker.sessionId, ({ turns, messages }) => turns === 3 && messages >= 7);
  await team.stop(worker.id);
  return room.api.sessions.get({ id: worker.sessionId as SessionId });
}

/** What of a conversation the model was told in the turn that a fork began with. */
async function toldTo(sessionId: string): Promise<string> {
  const request = await model.waitFor((asked) => asked.kind === 'turn' && asked.sessionId === sessionId);
  return request.text;
}

test('a fork from an earlier turn is told exactly what was said until then', async () => {
  const session = await threeTurns('plover');
  const { items } = await room.api.sessions.outline({ id: session.id });
  const second = items[1]?.index ?? 0;
  expect(items).toHaveLength(3);

  const before = await room.api.sessions.resume({
    id: session.id,
    fork: true,
    upTo: second,
    prompt: `instead ${script([{ text: 'Another way.' }])}`,
  });
  const forked = await team.when(before.id, ({ state, turns }) => state === 'idle' && turns === 1);
  expect(forked.worktreePath).not.toBe(repository.path);
  const told = await toldTo(before.sessionId);
  for (const said of ['plover first answer', 'plover first end', 'instead']) expect(told).toContain(said);
  for (const unsaid of ['second prompt', 'second answer', 'third']) expect(told).not.toContain(unsaid);
  const copy = await team.indexed(before.sessionId, ({ turns, messages }) => turns === 2 && messages >= 5);
  expect(copy).toMatchObject({ forkedFrom: session.id, workerId: before.id });
  expect(copy.usage.outputTokens).toBe(20);
  const read = await room.api.sessions.messages({ id: copy.id });
  expect(read.items.find(({ text }) => text.startsWith('instead'))?.boundary).toBe('forked');

  const answered = await room.api.sessions.resume({
    id: session.id,
    fork: true,
    upTo: second,
    answered: true,
    prompt: `onwards ${script([{ text: 'And on.' }])}`,
  });
  await team.when(answered.id, ({ state, turns }) => state === 'idle' && turns === 1);
  const toldAlso = await toldTo(answered.sessionId);
  for (const said of ['plover first end', 'second prompt', 'second answer', 'onwards'])
    expect(toldAlso).toContain(said);
  expect(toldAlso).not.toContain('third');

  const original = await room.api.sessions.get({ id: session.id });
  expect(original).toMatchObject({ turns: 3, lastAt: session.lastAt });
  await expect(room.api.sessions.resume({ id: session.id, fork: true, upTo: items[0]?.index ?? 0 })).rejects.toThrow(
    /Nothing was said before/,
  );
  await expect(room.api.sessions.resume({ id: session.id, fork: true, upTo: second + 1 })).rejects.toThrow(
    /not one of its prompts/,
  );
});

test('a session is deleted, restored, told of, and removed for good', async () => {
  const session = await threeTurns('sandpiper');
  await room.api.sessions.update({ id: session.id, tags: ['shore'], pinned: true });
  const path = (await findTranscript(claudeFolder, session.id))?.path ?? '';
  const text = await readFile(path, 'utf8');

  const trashed = await room.request('DELETE', `/api/sessions/${session.id}`);
  expect(trashed).toMatchObject({ status: 200, body: { id: session.id, sizeBytes: expect.any(Number) } });
  expect(existsSync(path)).toBe(false);
  await expect(room.api.sessions.get({ id: session.id })).rejects.toThrow(/was deleted. It can be restored until/);
  const list = await room.api.sessions.list({ archived: false });
  expect(list.items.map(({ id }) => id)).not.toContain(session.id);
  if (session.workerId)
    await expect(room.api.workers.resume({ id: session.workerId })).rejects.toThrow(/can be restored until/);
  const hits = await room.api.sessions.search({ q: 'sandpiper', archived: false });
  expect(hits.items).toEqual([]);

  const restored = await room.api.sessions.restore({ id: session.id });
  expect(restored).toMatchObject({ id: session.id, tags: ['shore'], pinned: true, state: 'ended' });
  expect(await readFile(path, 'utf8')).toBe(text);
  await team.indexed(session.id, ({ state, turns }) => state === 'ended' && turns === 3);
  expect((await room.api.sessions.trash()).items).toEqual([]);

  const feed = await room.api.sessionChanges.list({ sessionId: session.id });
  expect(feed.items.map(({ kind }) => kind).slice(0, 2)).toEqual(['created', 'deleted']);
  expect(feed.items[1]).toMatchObject({ before: { tags: ['shore'], turns: 3 }, after: null });
  await room.waitForEvent((event) => event.type === 'session.changed' && event.delta.kind === 'deleted');

  await room.api.sessions.remove({ id: session.id });
  await room.api.sessions.purge({ id: session.id });
  await expect(room.api.sessions.get({ id: session.id })).rejects.toThrow(/no session/);
  expect(existsSync(join(room.home.folder, 'data', 'trash', session.id))).toBe(false);
  await expect(room.api.sessions.restore({ id: session.id })).rejects.toThrow(/no session .* in the trash/);
});

test('a session that a worker has open is not deleted', async () => {
  const worker = await team.spawn('dunlin', [{ text: 'Here.' }]);
  await team.when(worker.id, ({ state, turns }) => state === 'idle' && turns === 1);
  const session = await team.indexed(worker.sessionId, ({ messages }) => messages >= 2);
  await expect(room.api.sessions.remove({ id: session.id })).rejects.toThrow(/dunlin is working in this session/);
});

test('a transcript is imported and resumed by the real CLI; an export is read', async () => {
  const session = await threeTurns('curlew');
  const path = (await findTranscript(claudeFolder, session.id))?.path ?? '';
  const content = `${await readFile(path, 'utf8')}this is no record\n`;
  const exported = await room.api.sessions.export({ id: session.id, format: 'json' });
  await rm(path);
  await room.waitForEvent(
    (event) =>
      event.type === 'session.changed' && event.delta.sessionId === session.id && event.delta.after?.state === 'kept',
  );
  await room.api.sessions.remove({ id: session.id });
  await room.api.sessions.purge({ id: session.id });

  const imported = await room.api.sessions.import({ fileName: 'curlew.jsonl', content });
  expect(imported).toMatchObject({ kind: 'transcript', sessionId: session.id, skippedLines: 1, renamed: false });
  expect(imported.problems[0]?.problem).toMatch(/no JSON/);
  await team.indexed(session.id, ({ turns, state }) => turns === 3 && state === 'ended');
  const worker = await room.api.sessions.resume({
    id: session.id,
    prompt: `again ${script([{ text: 'I remember.' }])}`,
  });
  await team.when(worker.id, ({ state }) => state === 'idle');
  const request = await model.waitFor((asked) => asked.kind === 'turn' && asked.text.includes('again'));
  expect(request.text).toContain('curlew third answer');

  const second = await room.api.sessions.import({ fileName: exported.fileName, content: exported.content });
  expect(second).toMatchObject({ kind: 'export', renamed: true, skippedLines: 0 });
  const copy = await team.indexed(second.sessionId, ({ messages }) => messages >= 7);
  expect(copy.usage.costUsd).toBe(0);
  await expect(room.api.sessions.resume({ id: copy.id })).rejects.toThrow(/Fork it/);
  await expect(
    room.api.sessions.import({ fileName: 'notes.txt', content: 'one\ntwo\n{"type":"mode"}\n' }),
  ).rejects.toThrow(/holds no conversation: of its 3 lines 2 could not be read \(line 1/);
});

test('a folder of transcripts is added, searched and forked from, and forgotten again', async () => {
  const session = await threeTurns('godwit');
  const path = (await findTranscript(claudeFolder, session.id))?.path ?? '';
  const other = join(room.home.folder, 'elsewhere');
  const foreign = '0b8a4f1e-3d6c-4a51-9b7e-1c2d3e4f5a6b';
  const text = (await readFile(path, 'utf8')).replaceAll(session.id, foreign).replaceAll('godwit ', 'avocet ');
  await cp(join(path, '..'), join(other, 'projects', '-work-old'), {
    recursive: true,
    filter: (from) => !from.endsWith('.jsonl'),
  });
  await writeFile(join(other, 'projects', '-work-old', `${foreign}.jsonl`), text);
  await room.api.settings.update({ sessionFolders: [join(other, 'projects')] });
  const found = await team.indexed(foreign, ({ turns }) => turns === 3);
  const fork = await room.api.sessions.resume({
    id: found.id,
    fork: true,
    prompt: `knot ${script([{ text: 'From elsewhere.' }])}`,
  });
  await team.when(fork.id, ({ state, turns }) => state === 'idle' && turns === 1);
  expect(await toldTo(fork.sessionId)).toContain('avocet third answer');
  await room.api.settings.update({ sessionFolders: [] });
  const ending = new AbortController();
  for await (const _ of await room.api.sessions.watchIndex(undefined, { signal: ending.signal })) {
    const left = await room.api.sessions.get({ id: found.id }).catch(() => undefined);
    if (!left) break;
  }
  ending.abort();
  await expect(room.api.settings.update({ sessionFolders: ['not/absolute'] })).rejects.toThrow();
});

test('a context is kept, built within its budget, and a worker begins with it', async () => {
  const session = await threeTurns('turnstone');
  const { items } = await room.api.sessions.messages({ id: session.id });
  const wanted = items
    .filter(({ role, text }) => role === 'assistant' && /turnstone (second|third) answer/.test(text))
    .map(({ index }) => index);
  const context = await room.api.contexts.save({
    name: 'Shore birds',
    parts: [{ sessionId: session.id, indexes: wanted }],
    budgetTokens: 2000,
  });
  const built = await room.api.contexts.get({ id: context.id });
  expect(built.built).toMatchObject({ cut: 0, missing: [] });
  expect(built.built.messages).toHaveLength(2);
  const whole = await room.api.contexts.build({
    parts: [{ sessionId: session.id, indexes: null }],
    budgetTokens: 2000,
  });
  expect(whole.messages.map(({ role }) => role)).toEqual([
    'user',
    'assistant',
    'assistant',
    'user',
    'assistant',
    'user',
    'assistant',
  ]);
  const worker = await room.api.contexts.start({
    id: context.id,
    projectId: project.id,
    name: 'sanderling',
    prompt: `Go on. ${script([{ text: 'I know the birds.' }])}`,
  });
  await team.when(worker.id, ({ state, turns }) => state === 'idle' && turns === 1);
  const told = await toldTo(worker.sessionId);
  expect(told).toContain('turnstone second answer');
  expect(told).not.toContain('turnstone first answer');
  const renamed = await room.api.contexts.save({ ...context, name: 'Waders' });
  expect(renamed).toMatchObject({ id: context.id, name: 'Waders' });
  await room.api.contexts.remove({ id: context.id });
  expect((await room.api.contexts.list()).items).toEqual([]);
  await expect(room.api.contexts.get({ id: context.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('what Claude deleted is kept for as long as the settings say', async () => {
  const id = randomUUID() as SessionId;
  const path = await writeTranscript(
    claudeFolder,
    '-repo-old',
    id,
    transcriptLines({
      sessionId: id,
      cwd: '/repo/old',
      turns: 1,
      startAt: Date.now() - 40 * 86_400_000,
      random: createRandom(3),
      text: () => 'avocets sweep the mud',
    }),
  );
  await team.indexed(id, ({ turns }) => turns === 1);
  await rm(path);
  await team.indexed(id, ({ state }) => state === 'kept');
  // What comes and goes between two looks of the feed is no news to it.
  await room.waitForEvent((event) => event.type === 'session.changed' && event.delta.sessionId === id);
  const copy = join(room.home.folder, 'data', 'kept', 'projects', '-repo-old', `${id}.jsonl`);
  await room.api.settings.update({ keepDeletedDays: 45 });
  expect((await room.api.sessions.get({ id })).state).toBe('kept');
  expect(existsSync(copy)).toBe(true);
  const gone = room.waitForEvent(
    (event) => event.type === 'session.changed' && event.delta.sessionId === id && event.delta.after === null,
  );
  await room.api.settings.update({ keepDeletedDays: 30 });
  await gone;
  await expect(room.api.sessions.get({ id })).rejects.toThrow(/no session/);
  expect(existsSync(copy)).toBe(false);
  await room.api.settings.update({ keepDeletedDays: 0 });
});

test('without retention, what Claude deleted is removed from the index too; a damaged index is made anew and that is said', async () => {
  const kept = await threeTurns('phalarope');
  const session = await threeTurns('whimbrel');
  await room.waitForEvent((event) => event.type === 'session.changed' && event.delta.sessionId === session.id);
  await room.api.settings.update({ keepDeletedSessions: false });
  await rm((await findTranscript(claudeFolder, session.id))?.path ?? '');
  await room.waitForEvent(
    (event) =>
      event.type === 'session.changed' && event.delta.sessionId === session.id && event.delta.kind === 'deleted',
  );
  await expect(room.api.sessions.get({ id: session.id })).rejects.toThrow(/no session/);
  expect((await room.api.sessions.search({ q: 'whimbrel', archived: false })).items).toEqual([]);
  await room.api.settings.update({ keepDeletedSessions: true });
  await room.api.sessions.update({
    id: kept.id,
    title: 'Small waders',
    tags: ['arctic'],
    pinned: true,
    archived: true,
  });
  expect(await room.api.sessions.pauseIndex({ paused: true })).toMatchObject({ state: 'paused' });
  await room.orchestrator.close({ stopWorkers: true });
  const index = join(room.home.folder, 'data', 'search.db');
  expect(existsSync(`${index}-wal`)).toBe(false);
  await writeFile(index, 'no database');
  room = await room.restart();
  team = createTeam(room, project);
  // What was paused stays so: nothing is read, and what is asked is answered.
  expect((await room.api.sessions.search({ q: 'phalarope', archived: true })).items).toEqual([]);
  expect(await room.api.sessions.index()).toMatchObject({ state: 'paused', records: 0 });
  await room.api.sessions.pauseIndex({ paused: false });
  const again = await team.indexed(kept.id, ({ turns }) => turns === 3);
  // What a person said about it is not the index's.
  expect(again).toMatchObject({ title: 'Small waders', tags: ['arctic'], pinned: true, archived: true });
  expect(await room.api.sessions.index()).toMatchObject({ rebuilt: 'broken' });
});
