import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Project } from '../../../shared/projects.ts';
import { createGitFixture, type GitFixture } from '../../testing/git-fixture.ts';
import { type ScriptedModel, script, startScriptedModel } from '../../testing/scripted-model.ts';
import { createTeam, type Team } from '../../testing/team.ts';
import { startTestControlRoom, type TestControlRoom } from '../../testing/test-control-room.ts';

let model: ScriptedModel;
let repository: GitFixture;
let room: TestControlRoom;
let project: Project;
let team: Team;

beforeAll(async () => {
  model = await startScriptedModel({
    plan: (prompt) =>
      prompt.includes('Look deeper')
        ? [
            { text: 'The sub-agent looks.', tools: [{ name: 'Bash', input: { command: 'pwd' } }] },
            { text: 'Sub done.' },
          ]
        : undefined,
  });
  repository = await createGitFixture();
  room = await startTestControlRoom({ modelUrl: model.url });
  project = await room.api.projects.add({ path: repository.path });
  team = createTeam(room, project);
});

afterEach(() => team.stopAll());

afterAll(async () => {
  await room.close();
  await model.close();
  await repository.close();
});

test('an interactive worker is read while it works', async () => {
  const worker = await team.spawn('heron', [{ text: 'I stand in the water.' }], { kind: 'interactive' });
  const session = await team.indexed(worker.sessionId, ({ messages }) => messages === 2);
  expect(session).toMatchObject({ workerId: worker.id, projectId: project.id, state: 'live', turns: 1 });
  expect(session.usage).toMatchObject({ inputTokens: 100, outputTokens: 20 });
  const { items } = await room.api.sessions.search({ q: 'water', archived: false });
  expect(items.filter(({ role }) => role === 'assistant')).toMatchObject([{ sessionId: session.id }]);
  // Nobody said its worker's name, nor the title that it gets now.
  const found = { sessionId: session.id, workerId: worker.id, projectId: project.id };
  const titled = async (q: string) => (await room.api.sessions.search({ q, archived: false })).titles;
  expect(await titled('heron')).toMatchObject([{ ...found, title: 'heron', snippet: '\u0001heron\u0002' }]);
  await room.api.sessions.update({ id: session.id, title: 'Wading birds' });
  expect(await titled('wad*')).toMatchObject([{ ...found, title: 'Wading birds' }]);
  expect(await titled('heron')).toMatchObject([{ ...found, title: 'Wading birds', snippet: '\u0001heron\u0002' }]);
});

test('a worker with a sub-agent, compaction and resume', async () => {
  const worker = await team.spawn(
    'zebra headless',
    [
      {
        thinking: 'I think of quaggas.',
        text: 'I look around.',
        tools: [{ name: 'Read', input: { file_path: `${repository.path}/README.md` } }],
      },
      {
        tools: [
          { name: 'Agent', input: { description: 'Look', prompt: 'Look deeper', subagent_type: 'general-purpose' } },
        ],
      },
      { text: 'All done, says the okapi.' },
    ],
    { allowedTools: ['Read', 'Agent', 'Task', 'Bash'] },
  );
  await team.when(worker.id, ({ state, turns }) => state === 'idle' && turns >= 1);
  // The CLI may run a sub-agent in the background (2.1.329): the worker's own turn then ends before it. All six messages,
  // three of them the sub-agent's, have to be there before the worker is stopped, or it would be cut off.
  const looked = await team.indexed(worker.sessionId, ({ subagents, messages }) => subagents === 1 && messages >= 6);
  expect(looked).toMatchObject({
    projectId: project.id,
    workerId: worker.id,
    state: 'live',
    model: 'claude-sonnet-4-5',
    skippedLines: 0,
    tools: { Read: 1, Agent: 1 },
  });
  await team.stop(worker.id);
  await room.api.workers.resume({ id: worker.id, prompt: `gnu ${script([{ text: 'Back again.' }])}` });
  await team.when(
    worker.id,
    ({ state, restarts, preview }) => state === 'idle' && restarts === 1 && preview.join().includes('Back again'),
  );
  await room.api.workers.compact({ id: worker.id });
  await team.when(worker.id, ({ compactions, state }) => compactions.count === 1 && state === 'idle');
  const ended = await team.indexed(worker.sessionId, ({ compactions }) => compactions === 1);
  const { items, total } = await room.api.sessions.messages({ id: ended.id });
  expect(items.map(({ index }) => index)).toEqual(items.map((_, at) => at + 1));
  expect(total).toBe(items.length);
  const call = items.find(({ toolName, role }) => toolName === 'Agent' && role === 'tool');
  const sub = items.filter(({ parentToolUseId }) => parentToolUseId !== null);
  expect(sub.length).toBeGreaterThanOrEqual(3);
  for (const { parentToolUseId } of sub) expect(parentToolUseId).toBe(call?.toolUseId);
  expect(items.find(({ text }) => text.startsWith('gnu'))).toMatchObject({ boundary: 'resumed', role: 'user' });
  expect(items.filter(({ boundary }) => boundary === 'compacted')).toHaveLength(1);
  const turns = items.flatMap(({ turn }) => (turn ? [turn] : []));
  expect(turns.reduce((sum, { outputTokens }) => sum + outputTokens, 0)).toBe(ended.usage.outputTokens);
  expect(turns.reduce((sum, { costUsd }) => sum + costUsd, 0)).toBeCloseTo(ended.usage.costUsd, 9);
  const outline = await room.api.sessions.outline({ id: ended.id });
  expect(outline.items.map(({ text }) => text.split(' ')[0])).toEqual(['zebra', 'gnu']);

  const found = await room.request('GET', `/api/sessions/search?q=okapi&sessionId=${ended.id}`);
  expect(found).toMatchObject({ status: 200 });
  const hits = (found.body as { items: { role: string; snippet: string; workerId: string }[] }).items;
  expect(hits.find(({ role }) => role === 'assistant')).toMatchObject({
    snippet: 'All done, says the \u0001okapi\u0002.',
    workerId: worker.id,
  });
});

test('it is listed, marked, exported and forked', async () => {
  const worker = await team.spawn('forkable', [{ text: 'Said <b>once</b>.' }]);
  await team.when(worker.id, ({ state, turns }) => state === 'idle' && turns === 1);
  const session = await team.indexed(worker.sessionId, ({ messages }) => messages >= 2);
  await expect(room.api.sessions.resume({ id: session.id })).rejects.toMatchObject({ code: 'CONFLICT' });
  const marked = await room.api.sessions.update({ id: session.id, title: 'Mine', tags: ['a', 'a'], pinned: true });
  expect(marked).toMatchObject({ title: 'Mine', tags: ['a'], pinned: true });
  const list = await room.api.sessions.list({ project: project.id, archived: false });
  expect(list.items[0]).toMatchObject({ id: session.id, title: 'Mine' });
  const html = await room.api.sessions.export({ id: session.id, format: 'html' });
  expect(html.content).toContain('Said &#60;b&#62;once');
  const fork = await room.api.sessions.resume({
    id: session.id,
    fork: true,
    prompt: `fork ${script([{ text: 'In the copy.' }])}`,
  });
  expect(fork.sessionId).not.toBe(session.id);
  const forked = await team.when(fork.id, ({ state, turns }) => state === 'idle' && turns === 1);
  expect(forked.worktreeId).not.toBeNull();
  const copy = await team.indexed(fork.sessionId, ({ messages }) => messages >= 4);
  expect(copy).toMatchObject({ forkedFrom: session.id, workerId: fork.id });
  expect(forked.usage.costUsd).toBeCloseTo(copy.usage.costUsd, 9);
  const { items } = await room.api.sessions.messages({ id: copy.id });
  expect(items.find(({ text }) => text.startsWith('fork '))?.boundary).toBe('forked');
});
