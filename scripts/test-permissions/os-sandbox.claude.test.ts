import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Permissions, permissionFlags } from '../../main/orchestrator/claude/permissions.ts';
import { createGit } from '../../main/orchestrator/git/git.ts';
import { writeGitExcludes } from '../../main/orchestrator/permissions/git-excludes.ts';
import { createOsSandbox } from '../../main/orchestrator/permissions/os-sandbox.ts';
import { createRepository, git } from '../../main/testing/git-fixture.ts';
import { type ScriptedModel, startScriptedModel } from '../../main/testing/scripted-model.ts';
import { createTemporaryHome, pinnedClaude, type TemporaryHome } from '../../main/testing/temporary-home.ts';
import { makeRealCalls } from './real-calls.ts';

const claude = pinnedClaude();
const { available } = await createOsSandbox({ environment: process.env }).look();

/** Says whether the network can be reached: the model's own address, which is on loopback. */
const reach = `node -e "fetch(process.env.ANTHROPIC_BASE_URL).then(() => console.log('reached'), () => console.log('cut off'))"`;
const listen = `node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => require('net').connect(s.address().port, '127.0.0.1', () => { console.log('heard'); process.exit() }))"`;

describe.skipIf(!claude || !available)('inside the OS sandbox', () => {
  let model: ScriptedModel;
  let home: TemporaryHome;
  let repository: string;
  let worktree: string;
  let excludes: string;

  beforeAll(async () => {
    model = await startScriptedModel();
    home = await createTemporaryHome({ modelUrl: model.url });
    repository = await createRepository(join(home.folder, 'repository'), { 'a.txt': 'a\n', '.env': 'x\n' });
    worktree = join(home.folder, 'worktrees', 'one');
    await mkdir(join(home.folder, 'worktrees'));
    await git(repository, 'worktree', 'add', '-q', worktree, '-b', 'one');
    excludes = await writeGitExcludes({
      file: join(home.folder, 'excludes'),
      git: createGit({ environment: home.environment }),
      environment: home.environment,
    });
  });

  afterAll(async () => {
    await model.close();
    await home.close();
  });

  async function run(mode: Permissions['mode'], allowNetwork: boolean, commands: string[]) {
    const flags = permissionFlags({
      mode,
      allowedTools: ['Read', 'Bash(git *)', 'Bash(node *)', 'Bash(touch *)'],
      deniedTools: ['Read(.env*)'],
      askedTools: [],
      allowNetwork,
      osSandbox: true,
      gitExcludesFile: excludes,
      readOnlyFolders: [worktree, repository],
    });
    return makeRealCalls({
      claude: claude ?? '',
      args: [...flags.arguments, '--settings', JSON.stringify(flags.settings)],
      cwd: worktree,
      environment: home.environment,
      calls: commands.map((command) => ({ toolName: 'Bash', input: { command, description: 'x' } })),
    });
  }

  test('programs have no network, but loopback of their own, and work with files and git as ever', async () => {
    const [reached, heard, touched, added, committed] = await run('allowlist', false, [
      reach,
      listen,
      'touch made.txt',
      'git add -A',
      'git commit -q -m made && git show --stat --format=%s',
    ]);
    expect(reached).toMatchObject({ decision: 'allow', detail: 'cut off' });
    expect(heard).toMatchObject({ decision: 'allow', detail: 'heard' });
    expect(touched?.decision).toBe('allow');
    expect(existsSync(join(worktree, 'made.txt'))).toBe(true);
    expect(added?.detail).not.toMatch(/error|fatal/);
    expect(committed?.detail).toContain('made.txt');
    expect(committed?.detail).toContain('1 file changed');
  });

  test('a worker that may use the network is not inside', async () => {
    const [reached] = await run('allowlist', true, [reach]);
    expect(reached).toMatchObject({ decision: 'allow', detail: 'reached' });
  });

  test('programs of a read-only worker write neither files nor commits, and denials hold', async () => {
    const [listed, removed, committed, secret, reached] = await run('sandbox', false, [
      'ls a.txt',
      'rm a.txt',
      'git commit -q --allow-empty -m x',
      'cat .env',
      reach,
    ]);
    expect(listed).toMatchObject({ decision: 'allow', detail: 'a.txt' });
    expect(removed?.detail).toContain('Read-only file system');
    expect(existsSync(join(worktree, 'a.txt'))).toBe(true);
    expect(committed?.detail).toContain('Read-only file system');
    expect(secret?.decision).toBe('deny');
    expect(reached?.detail).toBe('cut off');
  });
});
