import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createRepository, git } from '../../main/testing/git-fixture.ts';
import { addGitHubRemote, findProgram, pathWithout } from '../../main/testing/github-remote.ts';
import { startGitHubStandIn } from '../../main/testing/github-server.ts';
import { type ModelStep, script } from '../../main/testing/scripted-model.ts';
import type { Worker } from '../../shared/workers.ts';
import { sampleRepository } from '../demo/sample-repository.ts';
import { type Room, startRoom } from '../room.ts';
import { pictureFile } from './picture-file.ts';

/** A Control Room whose worktrees stand in every state that review, delivery, overlaps and disk show. */
export interface WorktreeRoom {
  room: Room;
  projectId: string;
  /** Worktrees and workers by the name of the worker. */
  worktree: (name: string) => string;
  worker: (name: string) => string;
  /** Takes `gh` out of the room's PATH, or puts it back. */
  withGh(on: boolean): Promise<void>;
  close(): Promise<void>;
}

const signing = sampleRepository.files['src/sign.js'];
const delivering = sampleRepository.files['src/deliver.js'];

const rotating = `import { createHmac, timingSafeEqual } from 'node:crypto';

/** Signature of a body, as receivers check it. */
export function sign(body, secret) {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** One signature for each secret that holds now: the old one holds on for a day. */
export function signAll(body, secrets) {
  return secrets.map((secret) => sign(body, secret)).join(',');
}

export function verify(body, secrets, signature) {
  const given = Buffer.from(signature);
  return secrets.some((secret) => {
    const expected = Buffer.from(sign(body, secret));
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
}
`;

const rotationTest = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signAll, verify } from '../src/sign.js';

test('the old secret holds on for a day', () => {
  assert.equal(signAll('{}', ['new', 'old']).split(',').length, 2);
});

test('a signature of either secret verifies', () => {
  for (const signature of signAll('{}', ['new', 'old']).split(',')) assert.ok(verify('{}', ['new', 'old'], signature));
});
`;

/** Said at the end of each turn, as a worker would. */
const answer = (text: string): ModelStep[] => [{ text, usage: { input_tokens: 900, cache_read_input_tokens: 9000 } }];

export async function startWorktreeRoom(claude: string): Promise<WorktreeRoom> {
  const folder = await mkdtemp(join(tmpdir(), 'control-room-gh-'));
  const standIn = await startGitHubStandIn(folder, {
    path: 'src/deliver.js',
    line: 6,
    body: 'Ten seconds is long for a receiver. Can it be set per receiver?',
  });
  const programs = join(folder, 'bin');
  await mkdir(programs);
  const gh = join(programs, 'gh');
  const program = await findProgram('gh');
  if (!program) throw new Error('The pictures of pull requests need gh: apt-get install gh');
  const { HOME: _, ...environment } = standIn.environment;
  const withGh = (on: boolean): Promise<void> => (on ? symlink(program, gh) : rm(gh, { force: true }));
  await withGh(true);
  const room = await startRoom({
    claude,
    maxWorkers: 12,
    environment: { ...environment, PATH: `${programs}${delimiter}${await pathWithout('gh', folder)}` },
    repository: {
      name: 'webhooks',
      files: {
        ...sampleRepository.files,
        '.gitignore': 'node_modules/\ndist/\n.env\n',
        '.worktreeinclude': '.env\n',
        '.superset/config.json': '{ "setup": ["npm ci"], "run": ["npm start"] }\n',
        '.github/pull_request_template.md': '## What changed\n\n\n## How it was tested\n\n',
      },
    },
  });
  const close = async (): Promise<void> => {
    await room.close();
    await standIn.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await fill(room, folder)), room, withGh, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function fill(room: Room, folder: string): Promise<Pick<WorktreeRoom, 'projectId' | 'worktree' | 'worker'>> {
  const { repository } = room;
  const logo = { ground: [245, 246, 247], disc: [111, 66, 193], ring: 0.2 };
  await put(repository, {
    'assets/logo.png': pictureFile(96, logo),
    'assets/old-logo.png': pictureFile(48, logo),
    'assets/receivers.bin': Buffer.from([...Array(4096).keys()].map((n) => n % 251)),
    'data/events.jsonl': lines(400),
  });
  await git(repository, 'add', '--all');
  await git(repository, 'commit', '--quiet', '--message', 'Logo and sample events');
  await addGitHubRemote(folder, repository);
  const { id: projectId } = await room.call<{ id: string }>('POST', '/api/projects', { path: repository });
  const notes = await createRepository(join(dirname(repository), 'notes'), { 'README.md': '# Notes\n' });
  const { id: notesId } = await room.call<{ id: string }>('POST', '/api/projects', { path: notes });

  const workers = new Map<string, Worker>();
  const present = (name: string) => room.call<Worker>('GET', `/api/workers/${workers.get(name)?.id}`);
  /** Waits for the end of the `turns`th turn. */
  async function settled(name: string, turns: number): Promise<Worker> {
    const until = Date.now() + 120_000;
    for (;;) {
      const worker = await present(name);
      workers.set(name, worker);
      if (worker.state === 'idle' && worker.turns >= turns && (await checkpointsOf(worker)) > turns) return worker;
      if (Date.now() > until) throw new Error(`${name} is ${worker.state} after ${worker.turns} turns`);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }
  /** The one of the start is among them; what comes next must not get into that of the last turn. */
  async function checkpointsOf({ worktreeId }: Worker): Promise<number> {
    if (!worktreeId) return 0;
    const { items } = await room.call<{ items: unknown[] }>('GET', `/api/worktrees/${worktreeId}/checkpoints`);
    return items.length;
  }
  async function begin(name: string, prompt: string, of = projectId): Promise<string> {
    const steps = answer('Done. All tests pass.');
    workers.set(name, await room.spawnWorker({ projectId: of, name, prompt: `${prompt}\n\n${script(steps)}` }));
    return (await settled(name, 1)).worktreePath ?? '';
  }
  async function turn(name: string, files: Files, prompt: string): Promise<void> {
    const { worktreePath, turns, id } = await present(name);
    await put(worktreePath ?? '', files);
    await room.call('POST', `/api/workers/${id}/messages`, { text: `${prompt}\n\n${script(answer('Done.'))}` });
    await settled(name, turns + 1);
  }
  async function stop(name: string): Promise<void> {
    await room.call('POST', `/api/workers/${workers.get(name)?.id}/stop`);
    const until = Date.now() + 60_000;
    while ((await present(name)).state !== 'ended') {
      if (Date.now() > until) throw new Error(`${name} did not end`);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }
  const commit = async (path: string, message: string): Promise<void> => {
    await git(path, 'add', '--all');
    await git(path, 'commit', '--quiet', '--message', message);
  };
  const worktree = (name: string): string => workers.get(name)?.worktreeId ?? '';

  // Several turns, two commits, and more that is in none.
  const rotation = await begin(
    'Secret rotation',
    'Let a receiver change its signing secret without losing deliveries.',
  );
  await turn('Secret rotation', { 'src/sign.js': rotating }, 'Good. The old secret has to hold for 24 hours.');
  await commit(rotation, 'Sign with every secret that holds');
  await git(rotation, 'mv', 'assets/old-logo.png', 'assets/logo-small.png');
  await turn(
    'Secret rotation',
    {
      'src/deliver.js': delivering
        .replace("import { sign } from './sign.js';", "import { signAll } from './sign.js';")
        .replace('event, secret,', 'event, secrets,')
        .replace("'x-signature': sign(body, secret)", "'x-signature': signAll(body, secrets)"),
      'tests/rotation.test.js': rotationTest,
    },
    'Now the deliveries, with a test.',
  );
  await commit(rotation, 'Deliver with all signatures that hold');
  await put(rotation, {
    'README.md': `${sampleRepository.files['README.md']}\n## Changing a secret\n\nBoth secrets hold for 24 hours; deliveries carry both signatures.\n`,
    'docs/secrets.md': '# Secrets\n\nWhen a secret is replaced, `secretReplacedAt` says when.\n',
    'src/retry.js': sampleRepository.files['src/retry.js'].replace('[1000, 5000, 30000]', '[1000, 5000, 25000]'),
  });
  await git(rotation, 'rm', '--quiet', 'tests/sign.test.js');
  await comments(room, worktree('Secret rotation'));

  // The same lines as main has by now, and as the one above.
  const timing = await begin('Constant time', 'Compare signatures in constant time.');
  await put(timing, {
    'src/sign.js': signing.replace('sign(body, secret) === signature', 'equal(sign(body, secret), signature)'),
  });
  await commit(timing, 'Compare signatures in constant time');
  const halfway = await begin('Signature header', 'Name the algorithm in the signature header.');
  await put(halfway, {
    'src/sign.js': signing.replace('sign(body, secret) === signature', "'sha256=' + sign(body, secret) === signature"),
  });
  await commit(halfway, 'Name the algorithm in the header');

  const limits = await begin('Time limits', 'Give every delivery a time limit of ten seconds.');
  await put(limits, {
    'src/deliver.js': delivering.replace('    body,\n', '    body,\n    signal: AbortSignal.timeout(10_000),\n'),
    'node_modules/undici/index.js': 'x'.repeat(3_000_000),
  });
  await commit(limits, 'Give a delivery ten seconds');
  await room.call('POST', `/api/worktrees/${worktree('Time limits')}/pull-request`, {
    title: 'Give every delivery a time limit',
    body: 'A receiver that hangs held its caller for ever.',
  });

  const merged = await begin('Receiver guide', 'Write a guide for people who write receivers.');
  await put(merged, {
    'docs/receivers.md': '# Receivers\n\nCheck the signature before anything else.\n',
    'dist/guide.html': 'x'.repeat(900_000),
  });
  await commit(merged, 'A guide for receivers');
  await room.call('POST', `/api/worktrees/${worktree('Receiver guide')}/merge`, {});
  await stop('Receiver guide');

  const files = await begin('Fresh look', 'Draw the logo anew, and more sample events.');
  await put(files, {
    'assets/logo.png': pictureFile(160, { ground: [245, 246, 247], disc: [24, 128, 104], ring: 0.26 }),
    'assets/icon.png': pictureFile(64, { ground: [20, 24, 26], disc: [158, 123, 240], ring: 0.24 }),
    'assets/receivers.bin': Buffer.from([...Array(6144).keys()].map((n) => (n * 7) % 253)),
    'data/events.jsonl': lines(70_000),
    'data/one-line.json': `[${'"a",'.repeat(2_600_000)}"a"]\n`,
  });
  await stop('Fresh look');

  await begin('Changelog', 'Begin a changelog for the next release.');
  const local = await begin('Meeting notes', 'Sort the notes by date.', notesId);
  await put(local, { 'README.md': '# Notes\n\nNewest first.\n' });
  await commit(local, 'Newest first');

  const gone = await begin('Own queue', 'Try a queue of our own.');
  await put(gone, { 'src/queue.js': 'export const queue = [];\n', 'node_modules/big/index.js': 'x'.repeat(500_000) });
  await stop('Own queue');
  await room.call('DELETE', `/api/worktrees/${worktree('Own queue')}`);

  // What happens behind its back: a worktree made outside, one moved by hand, main going on.
  await git(
    repository,
    'worktree',
    'add',
    '--quiet',
    '-b',
    'hotfix/retry-once',
    join(dirname(repository), 'hotfix'),
    'main',
  );
  const moved = await begin('Payload version', 'Add a version to the payload.');
  await stop('Payload version');
  await rename(moved, `${moved}-by-hand`);
  await put(repository, {
    'src/sign.js': signing.replace('sign(body, secret) === signature', 'signature === sign(body, secret)'),
  });
  await commit(repository, 'Put the given signature first');
  await room.call('POST', `/api/worktrees/${worktree('Signature header')}/update`, { method: 'merge' });
  return { projectId, worktree, worker: (name) => workers.get(name)?.id ?? '' };
}

type Files = Record<string, string | Buffer>;

async function put(folder: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

function lines(count: number): string {
  let text = '';
  for (let at = 0; at < count; at += 1)
    text += `{"id":${at},"kind":"order.created","at":"2026-11-21T10:00:${String(at % 60).padStart(2, '0')}Z"}\n`;
  return text;
}

/** Two comments to send and one that was sent. */
async function comments(room: Room, id: string): Promise<void> {
  const { files } = await room.call<{ files: { path: string; newId: string | null }[] }>(
    'GET',
    `/api/worktrees/${id}/review`,
  );
  const add = (path: string, line: number, text: string) =>
    room.call<{ id: string }>('POST', `/api/worktrees/${id}/comments`, {
      path,
      side: 'new',
      line,
      blob: files.find((file) => file.path === path)?.newId ?? null,
      text,
    });
  const sent = await add('src/sign.js', 4, 'Why SHA-256 and not SHA-512?');
  await room.call('POST', `/api/worktrees/${id}/comments/send`, { ids: [sent.id] });
  await add('src/sign.js', 15, 'A receiver with one secret only still passes a text here: take both.');
  await add('tests/rotation.test.js', 6, 'Test the moment at which the old secret ends, too.');
}
