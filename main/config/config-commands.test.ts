import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultSettings } from '../../shared/default-settings.ts';
import { changeConfigFile } from './config-file.ts';
import { openConfig } from './config-source.ts';
import { importNames } from './import-config.ts';
import { nearestOption, resolveConfig } from './resolve-config.ts';

let dataDir: string;
let path: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'control-room-config-'));
  path = join(dataDir, 'config.json');
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const entry = (resolved: ReturnType<typeof resolveConfig>, name: string) =>
  resolved.entries.find((one) => one.name === name);

test('flags win over variables, those over the profile, that over the top of the file', async () => {
  await writeFile(path, JSON.stringify({ maxWorkers: 2, port: 4000, profiles: { work: { maxWorkers: 3 } } }));
  const read = (flags: object, environment: Record<string, string>) =>
    entry(resolveConfig({ dataDir, ...flags }, environment), 'maxWorkers');
  const all = { CONTROL_ROOM_PROFILE: 'work', MAX_WORKERS: '4', CCA__DAEMON__MAX_AGENTS: '6' };
  expect(read({ maxWorkers: '5' }, all)).toMatchObject({
    value: '5',
    source: 'flag',
    overridden: [
      'MAX_WORKERS',
      'CCA__DAEMON__MAX_AGENTS',
      `maxWorkers in profile "work" of ${path}`,
      `maxWorkers in ${path}`,
    ],
  });
  expect(read({}, all)).toMatchObject({ value: '4', source: 'environment', by: 'MAX_WORKERS' });
  expect(read({ profile: 'work' }, {})).toMatchObject({ value: '3', source: 'profile' });
  expect(read({}, {})).toMatchObject({ value: '2', source: 'file' });
  expect(() => resolveConfig({ dataDir, profile: 'home' }, {})).toThrow('there is no profile "home"');
});

test('secrets are in nothing that is shown, and what no option is called is told with what may be meant', async () => {
  await writeFile(path, JSON.stringify({ token: 'canary-token', jwtSecret: 'canary-short', maxWorkes: 3 }));
  const resolved = resolveConfig({ dataDir }, { NOTIFY_WEBHOOK: 'https://user:canary-hook@example.invalid' });
  const { values: _values, file: _file, ...shown } = resolved;
  expect(JSON.stringify(shown)).not.toContain('canary');
  expect(resolved.problems.map(({ severity, message }) => [severity, message.replace(path, 'FILE')])).toEqual([
    ['warning', '"maxWorkes" in FILE is the name of no option and is passed over. Is "maxWorkers" meant?'],
    ['error', expect.stringMatching(/^jwtSecret in FILE does not fit: must have 32/)],
    ['error', expect.stringMatching(/^NOTIFY_WEBHOOK does not fit/)],
  ]);
  expect(nearestOption('MAX_WORKERS')).toBe('maxWorkers');
  expect(nearestOption('something else')).toBeNull();
});

test('a change of the file keeps everything else in it, is for its owner alone, and leaves nothing beside it', async () => {
  await writeFile(path, JSON.stringify({ unknown: { kept: true }, port: 4000, profiles: { work: { port: 1 } } }));
  await changeConfigFile(path, { maxWorkers: 7, port: undefined }, null);
  await changeConfigFile(path, { maxWorkers: 9 }, 'work');
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
    unknown: { kept: true },
    maxWorkers: 7,
    profiles: { work: { port: 1, maxWorkers: 9 } },
  });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('the changed file is taken where that can be, waits for a restart elsewhere, and one that is broken changes nothing', async () => {
  await writeFile(path, JSON.stringify({ maxWorkers: 2 }));
  const { config, configuration } = openConfig(
    { dataDir, logLevel: 'warn' },
    {},
    { listen: { value: true, by: 'us' } },
  );
  expect(config.lockedSettings).toMatchObject({ maxWorkers: { value: 2 }, listen: { value: true } });
  expect(configuration.reload()).toBeNull();

  await writeFile(path, JSON.stringify({ maxWorkers: 3, claudePath: '/opt/claude', logLevel: 'debug' }));
  expect(configuration.reload()).toMatchObject({
    applied: ['maxWorkers'],
    restart: ['claudePath'],
    problem: null,
    // The flag holds the level whatever the file says.
    held: { maxWorkers: { value: 3 }, listen: { value: true, by: 'us' }, logLevel: { value: 'warn' } },
  });
  const shown = configuration.view(defaultSettings);
  expect(shown.entries.filter((one) => one.waitsForRestart).map(({ name }) => name)).toEqual(['claudePath']);

  await writeFile(path, '{"token": "canary", ');
  const broken = configuration.reload();
  expect(broken).toMatchObject({ held: null, applied: [], problem: expect.stringContaining('is not a JSON object') });
  expect(broken?.problem).not.toContain('canary');
  expect(configuration.view(defaultSettings)).toMatchObject({
    problems: [{ severity: 'error' }],
    entries: expect.arrayContaining([expect.objectContaining({ name: 'maxWorkers', value: '3' })]),
  });
  // The same fault is told once.
  expect(configuration.reload()).toBeNull();

  await writeFile(path, JSON.stringify({ maxWorkers: 3 }));
  expect(configuration.reload()).toMatchObject({ applied: [], restart: [], problem: null });
});

test('a change of the file is noticed, also of one that was not there', async () => {
  await rm(path, { force: true });
  const { configuration } = openConfig({ dataDir }, {});
  const noticed = new Promise<void>((resolve) => {
    const end = configuration.watch(() => {
      if (!configuration.reload()) return;
      end();
      resolve();
    });
  });
  await changeConfigFile(path, { maxWorkers: 11 }, null);
  await noticed;
  expect(entry(resolveConfig({ dataDir }, {}), 'maxWorkers')?.value).toBe('11');
});

const told = async (file: string, text: string) =>
  Object.fromEntries(
    (await importNames(file, text, { REDIS_URL: 'redis://elsewhere' })).map(({ name, outcome, option, value }) => [
      name,
      option ? [outcome, option, value] : [outcome],
    ]),
  );

test('the .env, YAML and TOML forms of the guides are taken over, and nothing of them is passed over in silence', async () => {
  expect(
    await told(
      '.env',
      'export PORT=3001 # comment\nALLOWLIST="192.168.1.0/24,10.0.0.0/8"\nJWT_SECRET=short\nLINEAR_API_KEY=x\nNOBODY=1\n',
    ),
  ).toEqual({
    PORT: ['taken', 'port', '3001'],
    ALLOWLIST: ['taken', 'allowlist', '192.168.1.0/24,10.0.0.0/8'],
    JWT_SECRET: ['wrong', 'jwtSecret', null],
    LINEAR_API_KEY: ['left'],
    NOBODY: ['unknown'],
  });
  expect(
    await told(
      'config.yaml',
      'server:\n  port: 8080\n  idle_timeout: "60s"\nollama:\n  timeout: "30s"\n  models:\n    - name: "llama3.2:3b"\n      preset: "fast"\n',
    ),
  ).toEqual({
    'server.port': ['taken', 'port', 8080],
    'server.idle_timeout': ['left'],
    'ollama.timeout': ['taken', 'ollamaTimeout', '30s'],
    'ollama.models': ['taken', 'ollamaModels', { fast: 'llama3.2:3b' }],
  });
  expect(
    await told(
      'cca.toml',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the file's own notation of a variable
      '[daemon]\nbind_address = "0.0.0.0:9200"\n[redis]\nurl = "${REDIS_URL}"\n[agents.permissions]\nallowed_tools = ["Read", "Bash(git *)"]\n',
    ),
  ).toEqual({
    'daemon.bind_address': ['taken', 'bindAddress', '0.0.0.0:9200'],
    'redis.url': ['left'],
    'agents.permissions.allowed_tools': ['taken', 'allowedTools', ['Read', 'Bash(git *)']],
  });
  await expect(told('cca.toml', 'token = "canary')).rejects.toThrow(
    /^cca.toml cannot be understood( \(line 1\))?\. Mend/,
  );
});
