import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createTemporaryHome } from '../../main/testing/temporary-home.ts';
import { runProgram, startProgram, type TestProgram } from '../../main/testing/test-program.ts';
import { transcriptLines } from '../../main/testing/transcripts.ts';
import { logLevels } from '../../shared/log-levels.ts';
import type { CheckOutcome } from './outcome-of.ts';

const localToken = 'test-token-test-token-test-token';
const canary = (name: string) => `canary-${name.replaceAll(' ', '-')}-${randomBytes(16).toString('hex')}`;

/** Something that was said or kept, and by what. */
interface Place {
  name: string;
  text: string;
}

/** Secrets that a user has anywhere, and where they may be none the less. */
function createCanaries() {
  const known = new Map<string, { text: string; mayBeIn: RegExp | undefined }>();
  return {
    known,
    add(name: string, text: string = canary(name), mayBeIn?: RegExp): string {
      known.set(name, { text, mayBeIn });
      return text;
    },
  };
}

async function text(response: Response): Promise<string> {
  return `${JSON.stringify([...response.headers])} ${await response.text()}`;
}

/** Every file under a folder. */
async function filesIn(folder: string): Promise<Place[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return { name: `file ${path.slice(folder.length + 1)}`, text: await readFile(path, 'latin1').catch(() => '') };
      }),
  );
}

/** Whatever the program says with one level of its log, after all was done with secrets that can be. */
async function collect(level: string): Promise<{ places: Place[]; canaries: ReturnType<typeof createCanaries> }> {
  const canaries = createCanaries();
  const places: Place[] = [];
  const keep = (name: string, said: string) => void places.push({ name, text: said });
  const home = await createTemporaryHome({ modelUrl: 'http://127.0.0.1:1' });
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(500).end('no'));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const receiverAddress = receiver.address();
  if (receiverAddress === null || typeof receiverAddress === 'string') throw new Error('no port');
  const receiverUrl = (secret: string) => `http://127.0.0.1:${receiverAddress.port}/hook?key=${secret}`;
  // Webhooks are shown to admins as they are, and kept for them.
  const shownToAdmins = /^(GET \/api\/webhooks|file control-room\.db)/;
  const dataDir = join(home.folder, 'data');
  const claudeFolder = home.environment.CLAUDE_CONFIG_DIR ?? '';
  const environment: Record<string, string> = {
    ...home.environment,
    ANTHROPIC_API_KEY: canaries.add('api-key', `sk-ant-${canary('api-key')}`),
    AWS_SECRET_ACCESS_KEY: canaries.add('environment'),
    JWT_SECRET: canaries.add('jwt-secret'),
    JWT_SECRET_PREVIOUS: canaries.add('previous-jwt-secret'),
    NOTIFY_WEBHOOK: receiverUrl(canaries.add('notify-webhook', undefined, shownToAdmins)),
  };
  const inSettings = canaries.add('claude-settings');
  // Transcripts are indexed and kept, which is what that is there for.
  const inTranscript = canaries.add('transcript', undefined, /^file (kept\/|[\w-]+\.db)/);
  const project = join(claudeFolder, 'projects', '-work-canary');
  await mkdir(project, { recursive: true });
  await writeFile(join(claudeFolder, 'settings.json'), JSON.stringify({ env: { SECRET: inSettings } }));
  let said = 0;
  const lines = transcriptLines({
    sessionId: '7b0c7e0e-0000-4000-8000-000000000001',
    cwd: '/srv/canary',
    turns: 3,
    startAt: Date.now() - 60_000,
    random: () => 0.5,
    // The first is the session's title.
    text: () => (said++ === 0 ? 'A session' : `words and ${inTranscript}`),
  });
  await writeFile(join(project, '7b0c7e0e-0000-4000-8000-000000000001.jsonl'), `${lines.join('\n')}\n`);

  let program: TestProgram | undefined;
  try {
    program = await startProgram({ dataDir, environment, args: ['--log-level', level, '--stop-workers'] });
    const { api, address } = program;
    await spendSecrets(program, canaries, keep, { receiverUrl, shownToAdmins });
    for (const path of await readablePaths(address)) keep(`GET ${path}`, await text(await get(address, path)));
    for (const format of ['csv', 'jsonl'])
      keep(`GET /api/audit/export ${format}`, await text(await get(address, `/api/audit/export?format=${format}`)));
    keep('audit', JSON.stringify(await api.audit.list({ limit: 500 })));
    keep('health of strangers', await text(await fetch(`${address}/health`)));
    keep('event stream', await eventsSoFar(program));
    const { hostPid } = (await api.events.state()).system;
    const { output, errors } = await program.end('SIGTERM');
    program = undefined;
    if (hostPid !== null) endProcess(hostPid);
    keep('standard output', output);
    keep(`log at ${level}`, errors.replace(/^First API key, with full access, shown this once: \S+$/m, ''));
    for (const first of errors.matchAll(/shown this once: (\S+)/g)) canaries.add('first key', first[1]);
    places.push(...(await filesIn(dataDir)));
  } finally {
    await program?.end('SIGKILL');
    receiver.close();
    await home.close();
  }
  return { places, canaries };
}

function endProcess(pid: number): void {
  try {
    process.kill(pid);
  } catch (error) {
    // It may have ended with the program.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const get = (address: string, path: string) =>
  fetch(`${address}${path}`, { headers: { authorization: `Bearer ${localToken}` } });

/** Paths that can be read as they stand: without parameters, and not streams. */
async function readablePaths(address: string): Promise<string[]> {
  const document = (await (await get(address, '/openapi.json')).json()) as {
    paths: Record<string, Record<string, object>>;
  };
  const streams = (operation: object) => JSON.stringify(operation).includes('text/event-stream');
  return [
    '/openapi.json',
    '/health',
    '/ready',
    ...Object.entries(document.paths)
      .filter(([path, { get }]) => get !== undefined && !path.includes('{') && !streams(get))
      .map(([path]) => path),
  ];
}

/** Makes every kind of secret and uses each, rightly and wrongly. */
async function spendSecrets(
  { api, address }: TestProgram,
  canaries: ReturnType<typeof createCanaries>,
  keep: (name: string, said: string) => void,
  { receiverUrl, shownToAdmins }: { receiverUrl: (secret: string) => string; shownToAdmins: RegExp },
): Promise<void> {
  const { key, id } = await api.access.keys.create({ name: 'canary', permissions: ['read:*'] });
  canaries.add('key', key);
  const rotated = canaries.add('rotated key', (await api.access.keys.rotate({ id, graceMinutes: 5 })).key);
  const tokens = await api.access.token({ name: 'canary' });
  canaries.add('access token', tokens.token);
  canaries.add('refresh token', tokens.refreshToken);
  const webhook = await api.webhooks.add({
    name: 'canary',
    url: receiverUrl(canaries.add('webhook address', undefined, shownToAdmins)),
    events: ['session.updated'],
    enabled: true,
  });
  canaries.add('webhook secret', webhook.secret);
  canaries.add('bare webhook secret', webhook.secret.replace(/^whsec_/, ''));
  const delivery = await api.webhooks.test({ id: webhook.id });
  await api.webhooks.replay({ id: delivery.id });
  canaries.add('renewed webhook secret', (await api.webhooks.secret({ id: webhook.id, renew: true })).secret);
  const pairing = await api.access.devices.pair({ access: 'view' });
  canaries.add('pairing code', pairing.code);
  const claimed = await fetch(`${address}/api/devices/claim`, {
    method: 'POST',
    headers: { authorization: `Bearer pair.${pairing.code}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Canary phone' }),
  });
  canaries.add('device token', ((await claimed.json()) as { token: string }).token);

  const guess = canaries.add('guess');
  const inBody = canaries.add('garbage');
  for (const credential of [key, rotated, tokens.token, tokens.refreshToken, guess, `${key}x`, `${tokens.token}x`]) {
    const ways: Record<string, string>[] = [{ authorization: `Bearer ${credential}` }, { 'x-api-key': credential }];
    for (const headers of ways) {
      for (const [method, path, body] of [
        ['GET', '/api/workers', undefined],
        ['GET', `/api/workers?token=${credential}`, undefined],
        ['GET', `/api/nothing?token=${credential}`, undefined],
        ['POST', '/api/admin/keys', { name: 5, apiKey: inBody }],
        ['POST', '/api/webhooks', { name: 'x', url: `https://user:${inBody}@example.invalid/`, events: [] }],
        ['PATCH', '/api/settings', { maxWorkers: 'many', token: inBody }],
        ['PUT', '/api/roles/canary', { title: 3, prompt: 7, limits: { password: inBody } }],
        ['POST', '/api/auth/token', { access: 'all', clientSecret: inBody }],
      ] as const) {
        const response = await fetch(`${address}${path}`, {
          method,
          headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
        const answer = await text(response);
        if (response.status >= 400) keep(`error answer of ${method} ${path.split('?')[0]}`, answer);
      }
    }
  }
  const broken = await fetch(`${address}/api/admin/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${localToken}`, 'content-type': 'application/json' },
    body: `{"name":"${inBody}", broken`,
  });
  keep('error answer of a body that is no JSON', await text(broken));
  const refused = await fetch(`${address}/api/admin/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${localToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 5, permissions: [7], apiKey: inBody }),
  });
  keep('error answer of a body that does not fit', await text(refused));
}

/** Every event from the first on. */
async function eventsSoFar({ api }: TestProgram): Promise<string> {
  const { seq } = await api.events.state();
  const events: string[] = [];
  if (seq === 0) return '';
  const ended = new AbortController();
  for await (const event of await api.events.subscribe({ since: 0 }, { signal: ended.signal })) {
    events.push(JSON.stringify(event));
    if (event.seq >= seq) break;
  }
  ended.abort();
  return events.join('\n');
}

/** What the command line says of a value that does not fit. */
async function wrongStarts(canaries: ReturnType<typeof createCanaries>): Promise<Place[]> {
  const home = await createTemporaryHome({ modelUrl: 'http://127.0.0.1:1' });
  const dataDir = join(home.folder, 'data');
  const start = async (name: string, args: string[], environment: Record<string, string>): Promise<Place> => {
    const all = ['start', '--data-dir', dataDir, '--port', '0', '--no-open', ...args];
    const { code, output, errors } = await runProgram(all, { ...home.environment, ...environment });
    if (code === 0) throw new Error(`a start with ${name} went well`);
    return { name: `a start with ${name}`, text: `${output}${errors}` };
  };
  try {
    await mkdir(dataDir, { recursive: true });
    const places: Place[] = [];
    const short = canaries.add('short secret', randomBytes(8).toString('hex'));
    places.push(await start('JWT_SECRET', [], { JWT_SECRET: short }));
    places.push(await start('JWT_SECRET_PREVIOUS', [], { JWT_SECRET_PREVIOUS: short }));
    places.push(await start('LOCAL_TOKEN', [], { LOCAL_TOKEN: canaries.add('long token', canary('x').repeat(20)) }));
    const inAddress = canaries.add('address');
    places.push(
      await start('NOTIFY_WEBHOOK', [], { NOTIFY_WEBHOOK: `https://user:${inAddress}@example.invalid/hook` }),
    );
    const inFile = canaries.add('configuration file');
    await writeFile(join(dataDir, 'config.json'), JSON.stringify({ jwtSecret: [inFile], token: 5 }));
    places.push(await start('a config.json that does not fit', [], {}));
    await writeFile(join(dataDir, 'config.json'), `{"jwtSecret":"${inFile}",}`);
    places.push(await start('a config.json that is no JSON', [], {}));
    const shortInFile = canaries.add('secret in a broken file', randomBytes(6).toString('hex'));
    await writeFile(join(dataDir, 'config.json'), `${shortInFile}`);
    places.push(await start('a config.json that is a secret', [], {}));
    return places;
  } finally {
    await home.close();
  }
}

/** D8: secrets that would be recognised anywhere, in all places where a user has some; looked for where none may be. */
export async function canarySecrets(short: boolean): Promise<CheckOutcome> {
  const wrong: string[] = [];
  let placesSeen = 0;
  let bytesSeen = 0;
  let planted = 0;
  function look(places: readonly Place[], { known }: ReturnType<typeof createCanaries>): void {
    planted += known.size;
    for (const { name: place, text: said } of places) {
      placesSeen += 1;
      bytesSeen += said.length;
      for (const [name, { text: secret, mayBeIn }] of known)
        if (said.includes(secret) && !mayBeIn?.test(place)) wrong.push(`the ${name} is in ${place}`);
    }
  }
  for (const level of short ? (['trace'] as const) : logLevels) {
    const { places, canaries } = await collect(level);
    look(places, canaries);
    for (const { name, text: said } of places) {
      const times = said.split(localToken).length - 1;
      // The one address that opens the page has it, in the fragment, which no browser sends.
      const allowed = name === 'standard output' && /\/#token=[^\s]+\n$/.test(said) ? 1 : 0;
      if (times > allowed) wrong.push(`the local token is in ${name} ${times} times`);
    }
  }
  const ofStarts = createCanaries();
  look(await wrongStarts(ofStarts), ofStarts);
  return {
    made: `${planted} secrets in ${short ? 1 : logLevels.length} programs`,
    seen: `${placesSeen} places with ${(bytesSeen / 1e6).toFixed(1)} MB, ${wrong.length} occurrences`,
    wrong: [...new Set(wrong)],
  };
}
