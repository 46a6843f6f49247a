import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultSettings } from '../../shared/default-settings.ts';
import { withoutSecrets } from '../orchestrator/audit/without-secrets.ts';
import { createConfiguration } from '../orchestrator/configuration/configuration.ts';
import { openConfig } from './config-source.ts';
import { isSwitch, optionNames } from './options.ts';

let dataDir: string;
let path: string;
let held: { now?: object };
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'control-room-change-'));
  path = join(dataDir, 'config.json');
  held = {};
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const inFile = async () => JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;

function open(flags: object = {}, environment: Record<string, string> = {}) {
  const { configuration } = openConfig({ dataDir, ...flags }, environment);
  return createConfiguration({
    source: { ...configuration, watch: () => () => undefined },
    settings: { values: () => defaultSettings, hold: (now) => void Object.assign(held, { now }) },
    now: Date.now,
    log: { info: () => undefined, warn: () => undefined },
  });
}

test('an option is written as the command line writes it, holds at once or at the next start, and is put back', async () => {
  await writeFile(path, JSON.stringify({ maxWorkers: 2, notes: 'mine' }));
  const configuration = open();
  const made = await configuration.set({ name: 'maxWorkers', value: '7' });
  expect(await inFile()).toEqual({ maxWorkers: 7, notes: 'mine' });
  expect(made.message).toBe(`Written to ${path}. The Control Room that runs takes it within some seconds.`);
  expect(held.now).toMatchObject({ maxWorkers: { value: 7 } });
  expect(made.configuration.lastReload).toMatchObject({ applied: ['maxWorkers'], problem: null });
  const waits = await configuration.set({ name: 'allowedProjectRoots', value: '/a, /b' });
  expect(await inFile()).toMatchObject({ allowedProjectRoots: ['/a', '/b'] });
  expect(waits.message).toContain('at its next start');
  expect(waits.configuration.entries.find(({ name }) => name === 'allowedProjectRoots')).toMatchObject({
    waitsForRestart: true,
    source: 'file',
  });
  await configuration.undo(waits.undoId);
  await configuration.undo(made.undoId);
  expect(await inFile()).toEqual({ maxWorkers: 2, notes: 'mine' });
  await expect(configuration.undo(made.undoId)).rejects.toThrow(/cannot be undone any more/);
  const gone = await configuration.unset({ name: 'maxWorkers' });
  expect(await inFile()).toEqual({ notes: 'mine' });
  expect(held.now).not.toHaveProperty('maxWorkers');
  // What somebody changed since then is theirs.
  await configuration.set({ name: 'maxWorkers', value: '9' });
  await expect(configuration.undo(gone.undoId)).rejects.toThrow(/changed once more/);
});

test('what wins over the file is said', async () => {
  await writeFile(path, JSON.stringify({ profile: 'work', profiles: { work: { port: 4001 } } }));
  const flag = await open({ maxWorkers: '3' }).set({ name: 'maxWorkers', value: '7' });
  expect(flag.message).toContain('--max-workers is given too, and wins');
  const variable = await open({}, { MAX_WORKERS: '4' }).set({ name: 'maxWorkers', value: '8' });
  expect(variable.message).toContain('MAX_WORKERS is given too, and wins');
  expect(variable.configuration.entries.find(({ name }) => name === 'maxWorkers')).toMatchObject({
    value: '4',
    overridden: [`maxWorkers in ${path}`],
  });
  // Where the profile gives it, there it is changed.
  const profile = await open().set({ name: 'port', value: '4002' });
  expect(profile.message).toContain('profile "work"');
  expect(await inFile()).toMatchObject({ profiles: { work: { port: 4002 } } });
  const top = await open().set({ name: 'port', value: '4003', profile: null });
  expect(top.message).toContain('profile "work" gives it too, and wins');
});

test.each([
  ['maxWorkers', 'many', /maxWorkers "many" does not fit/],
  ['port', '70000', /port "70000" does not fit/],
  ['maxWorkes', '3', /There is no option "maxWorkes". Is "maxWorkers" meant/],
  ['__proto__', '3', /There is no option/],
  ['jwtSecret', 'canary-short', /^jwtSecret does not fit/],
])('%s = %s is refused and nothing is written', async (name, value, words) => {
  await writeFile(path, '{}');
  await expect(open().set({ name, value })).rejects.toThrow(words);
  expect(await inFile()).toEqual({});
});

test('a file that cannot be understood is left as it is', async () => {
  const configuration = open();
  await writeFile(path, '{ "half": ');
  await expect(configuration.set({ name: 'port', value: '4000' })).rejects.toThrow(/not a JSON object/);
  expect(await readFile(path, 'utf8')).toBe('{ "half": ');
});

test('a secret is written, put back, and shown and noted nowhere', async () => {
  await writeFile(path, JSON.stringify({ token: 'canary-token-of-before-canary-token' }));
  const configuration = open();
  const made = await configuration.set({ name: 'token', value: 'canary-token-of-now-canary-token-canary' });
  expect(JSON.stringify(made)).not.toContain('canary');
  await configuration.undo(made.undoId);
  expect(await inFile()).toEqual({ token: 'canary-token-of-before-canary-token' });
  for (const name of optionNames) {
    const entry = made.configuration.entries.find((one) => one.name === name);
    // The audit keeps a change under the option's own name.
    if (entry?.secret)
      expect(JSON.stringify(withoutSecrets({ [name]: 'https://u:canary@example.org/canary' }))).not.toContain('canary');
  }
});

test('switches are told from what is more than on or off', () => {
  expect(optionNames.filter(isSwitch)).toEqual(
    expect.arrayContaining([
      'allowDangerous',
      'autoBackup',
      'cacheEnabled',
      'metricsEnabled',
      'rateLimitEnabled',
      'tls',
    ]),
  );
  for (const name of ['port', 'maxWorkers', 'logLevel', 'allowlist', 'token'] as const)
    expect(isSwitch(name)).toBe(false);
});
