import { existsSync, watch } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorkerId } from '../../../shared/ids.ts';
import type { Worker } from '../../../shared/workers.ts';
import { createRepository } from '../../testing/git-fixture.ts';
import { type ScriptedModel, script, startScriptedModel } from '../../testing/scripted-model.ts';
import { startTestControlRoom, type TestControlRoom } from '../../testing/test-control-room.ts';

let folder: string;
let model: ScriptedModel;
let room: TestControlRoom;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'control-room-own-programs-')));
  model = await startScriptedModel();
  room = await startTestControlRoom({ modelUrl: model.url, maxWorkers: 4 });
});

afterAll(async () => {
  await room.close();
  await model.close();
  await rm(folder, { recursive: true });
});

/** A repository whose hook and MCP server each leave a file behind when they run. */
async function makeProject(name: string, trusted: boolean) {
  const traces = join(folder, `${name}-traces`);
  await mkdir(traces);
  const leave = (trace: string) => `touch ${join(traces, trace)}`;
  const path = await createRepository(join(folder, name), {
    '.claude/settings.json': JSON.stringify({
      hooks: { UserPromptSubmit: [{ hooks: [{ type: 'command', command: leave('hook') }] }] },
    }),
    '.mcp.json': JSON.stringify({ mcpServers: { desk: { command: './server.sh' } } }),
    'server.sh': `#!/bin/sh\n${leave('server')}\nexec cat > /dev/null\n`,
  });
  await chmod(join(path, 'server.sh'), 0o755);
  const project = await room.api.projects.add({ path, name, trusted });
  return { project, traces };
}

async function when(id: WorkerId, matches: (worker: Worker) => boolean): Promise<Worker> {
  const event = await room.waitForEvent(
    (candidate) => candidate.type === 'worker.changed' && candidate.worker.id === id && matches(candidate.worker),
  );
  if (event.type !== 'worker.changed') throw new Error('unreachable');
  return event.worker;
}

/** Settles once there is such a file. */
function appears(traces: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(traces, look);
    look();
    function look() {
      if (!existsSync(join(traces, name))) return;
      watcher.close();
      resolve();
    }
  });
}

describe.each(['headless', 'interactive'] as const)('%s', (kind) => {
  async function run(projectId: Worker['projectId'], more: { role?: string; prompt?: string } = {}) {
    const prompt = `${more.prompt ?? kind} ${script([{ text: 'All said.' }])}`;
    const { id } = await room.api.workers.spawn({
      projectId,
      kind,
      worktree: false,
      model: 'claude-sonnet-4-5',
      ...more,
      prompt,
    });
    await when(id, ({ state, turns }) => state === 'idle' && turns === 1);
    return id;
  }

  test('what an untrusted repository brings does not run', async () => {
    const { project, traces } = await makeProject(`stranger-${kind}`, false);
    const id = await run(project.id);
    await room.api.workers.stop({ id });
    await when(id, ({ state }) => state === 'ended');
    expect({ hook: existsSync(join(traces, 'hook')), server: existsSync(join(traces, 'server')) }).toEqual({
      hook: false,
      server: false,
    });
  });

  test("a trusted one's hook and server do", async () => {
    const { project, traces } = await makeProject(`friend-${kind}`, true);
    const id = await run(project.id);
    await Promise.all([appears(traces, 'hook'), appears(traces, 'server')]);
    await room.api.workers.stop({ id });
  });

  test('the role is told to the model, after a resume as well', async () => {
    const { project } = await makeProject(`role-${kind}`, false);
    const prompt = `role of ${kind}`;
    const id = await run(project.id, { role: 'reviewer', prompt });
    const told = await model.waitFor(({ kind: of, text }) => of === 'turn' && text.includes(prompt));
    expect(told.system).toContain('You review changes. You do not edit files.');
    await room.api.workers.stop({ id });
    await when(id, ({ state }) => state === 'ended');
    await room.api.workers.resume({ id, prompt: `once more, ${kind} ${script([{ text: 'Again.' }])}` });
    const again = await model.waitFor(({ kind: of, text }) => of === 'turn' && text.includes(`once more, ${kind}`));
    expect(again.system).toContain('You review changes. You do not edit files.');
  });
});
