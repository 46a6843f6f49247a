import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DoctorProgress } from '../../../shared/doctor.ts';
import { createSecretMask } from '../../log/mask-secrets.ts';
import { withoutSecrets } from '../audit/without-secrets.ts';
import { createDiagnostics } from './diagnostics.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'control-room-diagnostics-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

async function* nothingFound(): AsyncGenerator<DoctorProgress> {
  yield {
    type: 'found',
    finding: {
      id: 'x',
      title: 'x',
      group: 'house',
      state: 'ok',
      detail: `${dataDir} canary-in-the-environment`,
      fix: null,
      actions: [],
      tookMs: 1,
    },
  };
}

function diagnosticsOf() {
  const environment = {
    HOME: dataDir,
    SOME_TOKEN: 'canary-in-the-environment',
    PLAIN: 'canary-of-a-plain-variable',
  };
  let now = Date.UTC(2026, 0, 31, 12);
  const diagnostics = createDiagnostics({
    now: () => now,
    sources: {
      version: '1.2.3',
      dataDir,
      environment,
      mask: createSecretMask(environment, ['canary-local-token']).mask,
      doctor: nothingFound,
      logs: [
        {
          name: 'control-room.log',
          read: async () =>
            `${'{"msg":"older"}\n'.repeat(100_000)}{"msg":"Bearer canary-bearer-canary","url":"https://x/?key=canary-query"}\n{"msg":"canary-local-token"}\n`,
        },
      ],
      facts: [
        {
          name: 'settings.json',
          about: 'settings',
          read: () =>
            withoutSecrets({
              values: {
                apiToken: 'canary-in-settings',
                note: 'PASSWORD=canary-assigned',
                url: 'https://u:canary-p@x/',
              },
            }),
        },
        {
          name: 'broken.json',
          about: 'fails',
          read: () => {
            throw new Error('no canary-local-token here');
          },
        },
      ],
    },
  });
  const pass = (ms: number): void => {
    now += ms;
  };
  return { diagnostics, pass };
}

test('secrets of the environment, of settings and of logs are in no part, and what was shown is what is given', async () => {
  await mkdir(join(dataDir, 'kept'));
  await writeFile(join(dataDir, 'kept', 'canary-transcript.jsonl'), 'canary-of-a-conversation');
  const { diagnostics } = diagnosticsOf();
  const { id, parts } = await diagnostics.preview(undefined);
  const all = parts.map(({ name, text }) => `${name}\n${text}`).join('\n');
  expect(all.match(/canary[\w-]*/g)).toBeNull();
  expect(parts.map(({ name }) => name)).toEqual([
    'READ-ME.txt',
    'versions.json',
    'doctor.json',
    'settings.json',
    'broken.json',
    'sizes.json',
    'variables.txt',
    'control-room.log',
  ]);
  const part = (name: string) => parts.find((one) => one.name === name)?.text ?? '';
  expect(part('variables.txt')).toBe('HOME\nPLAIN\nSOME_TOKEN\n');
  expect(part('doctor.json')).toContain('~ [secret]');
  expect(part('broken.json')).toContain('no [secret] here');
  expect(part('sizes.json')).toContain('"name": "kept"');
  expect(part('control-room.log').length).toBeLessThan(1_000_100);
  expect(part('control-room.log')).toMatch(/\{"msg":"\[secret\]"}\n$/);

  const { fileName, contentBase64 } = await diagnostics.bundle(id, undefined);
  expect(fileName).toBe('control-room-diagnostics-20260131-120000.zip');
  const files = unzipSync(Buffer.from(contentBase64, 'base64'));
  expect(Object.entries(files).map(([path, content]) => [path.split('/')[1], strFromU8(content)])).toEqual(
    parts.map(({ name, text }) => [name, text]),
  );
});

test('what is no longer kept is not given in the place of what was shown', async () => {
  const { diagnostics, pass } = diagnosticsOf();
  const { id } = await diagnostics.preview(undefined);
  pass(3_600_000);
  await expect(diagnostics.bundle(id, undefined)).rejects.toThrow('Look at it again');
  await expect(diagnostics.bundle('another', undefined)).rejects.toThrow('Look at it again');
  expect((await diagnostics.bundle(undefined, undefined)).contentBase64.length).toBeGreaterThan(1000);
});
