import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createGitFixture, type GitFixture } from './git-fixture.ts';
import { type ScriptedModel, script, startScriptedModel } from './scripted-model.ts';
import { createTemporaryHome, pinnedClaude, type TemporaryHome } from './temporary-home.ts';

interface Line {
  type: string;
  subtype?: string;
  request_id?: string;
  request?: { subtype: string; tool_name?: string; input?: Record<string, unknown> };
  [key: string]: unknown;
}

let model: ScriptedModel;
let home: TemporaryHome;
let repo: GitFixture;
const children: ChildProcess[] = [];

beforeAll(async () => {
  model = await startScriptedModel();
  repo = await createGitFixture();
  home = await createTemporaryHome({ modelUrl: model.url });
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
  }
});

afterAll(async () => {
  await model.close();
  await repo.close();
  await home.close();
});

/** Runs the real CLI and lets a test answer its lines; gives all lines of the turn. */
async function runTurn(prompt: string, onLine: (line: Line, send: (value: object) => void) => void = () => undefined) {
  const sessionId = randomUUID();
  const child = spawn(
    pinnedClaude() ?? 'claude',
    [
      '-p',
      ...['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
      ...['--permission-prompt-tool', 'stdio', '--permission-mode', 'default', '--model', 'sonnet'],
      ...['--session-id', sessionId, '--strict-mcp-config', '--setting-sources', ''],
    ],
    { cwd: repo.path, env: { ...home.environment, CLAUDE_CODE_MAX_RETRIES: '1' } },
  );
  children.push(child);
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const send = (value: object) => child.stdin.write(`${JSON.stringify(value)}\n`);
  const lines: Line[] = [];
  const reader = createInterface({ input: child.stdout });
  send({ type: 'user', message: { role: 'user', content: prompt }, parent_tool_use_id: null, session_id: '' });
  for await (const text of reader) {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    onLine(line, send);
    if (line.type === 'result') child.stdin.end();
  }
  return { lines, stderr, sessionId, result: lines.find((line) => line.type === 'result') };
}

test('the real claude writes a file after its request was allowed', async () => {
  const path = join(repo.path, 'hello.txt');
  const prompt = `Write a file. ${script([
    { text: 'I will write it now.', tools: [{ name: 'Write', input: { file_path: path, content: 'hi there\n' } }] },
    { thinking: 'It is written.', text: 'The file is written.', usage: { input_tokens: 321 } },
  ])}`;
  const asked: string[] = [];
  const { lines, result, sessionId, stderr } = await runTurn(prompt, (line, send) => {
    if (line.type !== 'control_request' || line.request?.subtype !== 'can_use_tool') return;
    asked.push(line.request.tool_name ?? '');
    send({
      type: 'control_response',
      response: {
        subtype: 'success',
        request_id: line.request_id,
        response: { behavior: 'allow', updatedInput: line.request.input },
      },
    });
  });
  expect(stderr).toBe('');
  expect(asked).toEqual(['Write']);
  expect(result).toMatchObject({ is_error: false, result: 'The file is written.' });
  expect(await readFile(path, 'utf8')).toBe('hi there\n');
  expect(lines.filter((line) => line.type === 'stream_event').length).toBeGreaterThan(5);
  const turns = model.requests.filter((request) => request.kind === 'turn' && request.sessionId === sessionId);
  expect(turns.map((turn) => turn.step)).toEqual([0, 1]);
});

test('a step with an error comes out as an error result', async () => {
  const prompt = script([{ err: { status: 403, msg: 'No entry for this key.' } }]);
  const { result } = await runTurn(prompt);
  expect(result).toMatchObject({ is_error: true, api_error_status: 403 });
  expect(String(result?.result)).toContain('No entry for this key.');
});

test('an interrupt is seen as a disconnect', async () => {
  const prompt = script([{ text: 'Counting: one two three', hang: true }]);
  let interrupted = false;
  const { result, sessionId } = await runTurn(prompt, (line, send) => {
    const event = line.event as { type?: string } | undefined;
    if (interrupted || event?.type !== 'content_block_delta') return;
    interrupted = true;
    send({ type: 'control_request', request_id: 'stop', request: { subtype: 'interrupt' } });
  });
  expect(result).toMatchObject({ subtype: 'error_during_execution' });
  await model.waitFor((request) => request.sessionId === sessionId && request.disconnected);
});
