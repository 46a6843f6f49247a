import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startRoom } from '../room.ts';
import { reportComparison, spread } from './statistics.ts';

/**
 * Twenty workers that ask at once: from the CLI's line to the request in the inbox of a client, against the bare reading of
 * the same lines from twenty pipes. A program that speaks the CLI's protocol and writes down when it asked stands in for
 * claude, whose own start would hide the figure. Both sides alternate. `npm run bench -- inbox [--json] [--rounds N]`.
 */

const crowd = 20;
const roundsAt = process.argv.indexOf('--rounds');
const rounds = roundsAt > 0 ? Number(process.argv[roundsAt + 1]) : 15;

/** Answers as the CLI does; asks for permission at the moment the prompt names, so that all ask at once. */
const program = `#!/usr/bin/env node
const say = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
if (process.argv.includes('--version')) { console.log('2.1.329 (Claude Code)'); process.exit(0); }
require('readline').createInterface({ input: process.stdin }).on('line', (text) => {
  const line = JSON.parse(text);
  if (line.type === 'control_request') {
    const response = line.request.subtype === 'initialize' ? { claude_code_version: '2.1.329' } : {};
    say({ type: 'control_response', response: { subtype: 'success', request_id: line.request_id, response } });
  }
  if (line.type === 'user') {
    say({ type: 'system', subtype: 'init', model: 'stub', claude_code_version: '2.1.329' });
    setTimeout(() => {
      const input = { command: 'touch ' + Date.now() };
      const request = { subtype: 'can_use_tool', tool_name: 'Bash', input, tool_use_id: 't' + Date.now() };
      say({ type: 'control_request', request_id: 'r' + Date.now(), request });
    }, Math.max(0, Number(/at (\\d+)/.exec(line.message.content)[1]) - Date.now()));
  }
  if (line.type === 'control_response')
    say({ type: 'result', subtype: 'success', is_error: false, result: 'x', duration_ms: 1, usage: {}, total_cost_usd: 0 });
}).on('close', () => process.exit(0));
`;

const folder = await mkdtemp(join(tmpdir(), 'control-room-bench-'));
const stub = join(folder, 'claude');
await writeFile(stub, program);
await chmod(stub, 0o755);
const room = await startRoom({ maxWorkers: crowd, claude: stub });
try {
  const ours: number[] = [];
  const reference: number[] = [];
  const seen = new Set<string>();
  let lost = 0;
  let doubled = 0;
  let arrived: () => void = () => undefined;
  const ending = new AbortController();
  const events = await fetch(`${room.origin}/api/events`, {
    headers: { authorization: `Bearer ${room.token}` },
    signal: ending.signal,
  });
  const following = follow(events.body as ReadableStream<Uint8Array>);

  /** Reads the stream of events as any client does, and notes when each waiting request came. */
  async function follow(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = '';
    for await (const piece of body.pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>) {
      const now = Date.now();
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (!line.startsWith('data: ')) continue;
        const event = JSON.parse(line.slice(6));
        if (event.type !== 'approval.changed' || event.approval.state !== 'waiting') continue;
        if (seen.has(event.approval.id)) doubled += 1;
        seen.add(event.approval.id);
        ours.push(now - Number(event.approval.summary.slice('touch '.length)));
        arrived();
      }
    }
  }

  const projectId = await room.addProject();
  const workers = await Promise.all(
    Array.from({ length: crowd }, () => room.spawnWorker({ projectId, worktree: false })),
  );
  for (const { id } of workers) {
    while ((await room.call<{ state: string }>('GET', `/api/workers/${id}`)).state !== 'idle')
      await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async function through(): Promise<void> {
    const before = seen.size;
    const at = Date.now() + 600;
    await Promise.all(
      workers.map(({ id }) => room.call('POST', `/api/workers/${id}/messages`, { text: `Ask at ${at}` })),
    );
    const all = new Promise<void>((resolve) => {
      arrived = () => {
        if (seen.size === before + crowd) resolve();
      };
      arrived();
    });
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 20_000))]);
    lost += before + crowd - seen.size;
    const { items } = await room.call<{ items: { approvalId: string }[] }>('GET', '/api/inbox');
    await room.call('POST', '/api/approvals/decisions', {
      ids: items.map(({ approvalId }) => approvalId),
      decision: 'allow',
    });
    for (const { id } of workers) {
      while ((await room.call<{ state: string }>('GET', `/api/workers/${id}`)).state !== 'idle')
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  const bareProcesses = Array.from({ length: crowd }, () => spawn(stub, [], { stdio: ['pipe', 'pipe', 'ignore'] }));
  const bareLines = bareProcesses.map((child) => createInterface({ input: child.stdout }));

  async function bare(): Promise<void> {
    const at = Date.now() + 600;
    const asked = bareLines.map(
      (lines) =>
        new Promise<void>((resolve) => {
          const onLine = (text: string) => {
            const now = Date.now();
            const line = JSON.parse(text);
            if (line.type !== 'control_request') return;
            reference.push(now - Number(line.request.input.command.slice('touch '.length)));
            lines.off('line', onLine);
            resolve();
          };
          lines.on('line', onLine);
        }),
    );
    for (const { stdin } of bareProcesses)
      stdin.write(`${JSON.stringify({ type: 'user', message: { content: `Ask at ${at}` } })}\n`);
    await Promise.all(asked);
  }

  for (let round = 0; round < rounds; round += 1) {
    await through();
    await bare();
  }
  for (const child of bareProcesses) child.stdin.end();
  const { p99 } = spread(ours);
  reportComparison({
    name: "Twenty requests at once, from the CLI's line to the client",
    unit: 'ms',
    ours,
    reference,
    verdict: `p99 ${p99.toFixed(0)} of 300 ms, ${lost} lost, ${doubled} doubled`,
  });
  ending.abort();
  // It ends by the abort.
  await following.catch(() => undefined);
} finally {
  await room.close();
  await rm(folder, { recursive: true, force: true });
}
