import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openDatabase } from '../../main/orchestrator/database/database.ts';
import { startRoom } from '../room.ts';
import { reportComparison, spread } from './statistics.ts';
import { fillClaudeFolder, numberOption } from './transcripts.ts';

/**
 * Search over HTTP against ripgrep over the same texts, both sides alternating (P11, P12, P13), on 1,000,000 messages
 * unless `--size` says otherwise. Without `rg` on the machine (`apt-get install ripgrep`) our side is measured alone.
 * `npm run bench -- search [--json] [--size MESSAGES] [--rounds N]`.
 */

const size = numberOption('size', 1_000_000);
const rounds = numberOption('rounds', 5);
const callsOfRound = 40;
const run = promisify(execFile);
const agent = new Agent({ keepAlive: true });

const room = await startRoom();
const texts = await mkdtemp(join(tmpdir(), 'control-room-bench-'));
try {
  const { words } = await fillClaudeFolder(room.home.environment.CLAUDE_CONFIG_DIR ?? '', size);
  await room.restart();
  for (;;) {
    const { state } = await room.call<{ state: string }>('GET', '/api/sessions/index');
    if (state === 'up-to-date') break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const textFile = join(texts, 'messages.txt');
  const textBytes = await writeTexts(textFile);
  const hasRipgrep = await run('rg', ['--version']).then(
    () => true,
    () => false,
  );
  if (!hasRipgrep) console.error('ripgrep is not installed (apt-get install ripgrep): its side is left out.');

  const common = words[3] ?? '';
  const middling = words[400] ?? '';
  const rare = words[words.length - 50] ?? '';
  const kinds: { name: string; query: Record<string, string>; pattern: string[] }[] = [
    { name: 'a common word', query: { q: common }, pattern: ['-w', common] },
    { name: 'a middling word', query: { q: middling }, pattern: ['-w', middling] },
    { name: 'a needle', query: { q: rare }, pattern: ['-w', rare] },
    {
      name: 'two words',
      query: { q: `${common} ${middling}` },
      pattern: ['-w', `${common}.*${middling}|${middling}.*${common}`],
    },
    { name: 'a phrase', query: { q: `"${common} ${words[5]}"` }, pattern: ['-w', `${common} ${words[5]}`] },
    { name: 'a prefix of 2', query: { q: 'co*' }, pattern: ['\\bco'] },
    { name: 'a prefix of 3', query: { q: 'con*' }, pattern: ['\\bcon'] },
    { name: 'a prefix of 5', query: { q: 'conta*' }, pattern: ['\\bconta'] },
    { name: 'a common word, best first (P12)', query: { q: common, order: 'best' }, pattern: ['-w', common] },
    { name: 'a substring (P13)', query: { q: rare.slice(1), mode: 'substring' }, pattern: [rare.slice(1)] },
    { name: 'a common substring (P13)', query: { q: 'able', mode: 'substring' }, pattern: ['able'] },
    // All of its letters stand together often, and it nowhere: every text that may hold it is looked at.
    { name: 'a substring that is nowhere (P13)', query: { q: 'tale', mode: 'substring' }, pattern: ['tale'] },
  ];
  for (const { name, query, pattern } of kinds) {
    const ours: number[] = [];
    const reference: number[] = [];
    const path = `/api/sessions/search?${new URLSearchParams(query)}`;
    for (let round = 0; round < rounds; round += 1) {
      for (let call = 0; call < callsOfRound; call += 1) {
        const startedAt = performance.now();
        await ask(path);
        ours.push(performance.now() - startedAt);
      }
      if (!hasRipgrep) continue;
      const startedAt = performance.now();
      // It ends with 1 where nothing is found.
      await run('rg', ['-i', '-c', '--no-unicode', ...pattern, textFile], { maxBuffer: 1e8 }).catch(() => undefined);
      reference.push(performance.now() - startedAt);
    }
    const { median, p99 } = spread(ours);
    const title = `${name} in ${size} messages (${(textBytes / 1e6).toFixed(0)} MB)`;
    const verdict = `p50 ${median.toFixed(2)}, p99 ${p99.toFixed(1)} ms`;
    if (hasRipgrep)
      reportComparison({
        name: title,
        unit: 'ms',
        ours,
        reference,
        verdict: `${verdict}, ${(spread(reference).median / median).toFixed(0)} times ripgrep`,
      });
    else
      console.log(
        process.argv.includes('--json')
          ? JSON.stringify({ name: title, unit: 'ms', samples: ours.length, ours: spread(ours) })
          : `${title}: ${verdict} (${ours.length} calls, no reference)`,
      );
  }
} finally {
  agent.destroy();
  await room.close();
  await rm(texts, { recursive: true, force: true });
}

/**
 * One search over a connection that is open, with its answer read. Not by `fetch`: on two cores that takes half a millisecond by
 * itself, as long as the search.
 */
function ask(path: string): Promise<{ items: unknown[] }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${room.token}` };
    get(`${room.origin}${path}`, { agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${path}: ${response.statusCode} ${text}`));
      });
    }).on('error', reject);
  });
}

/** All texts as ripgrep is to search them; gives their bytes, and says what the index takes for them. */
async function writeTexts(file: string): Promise<number> {
  const database = openDatabase(join(room.dataDir, 'search.db'), { durable: false, readonly: true });
  let bytes = 0;
  const pieces: string[] = [];
  for (const { text } of database.iterate<{ text: string }>('SELECT text FROM records ORDER BY id')) {
    pieces.push(text.replaceAll('\n', ' '));
    bytes += Buffer.byteLength(text);
  }
  await writeFile(file, pieces.join('\n'));
  const indexBytes =
    database.get<{ bytes: number }>(
      'SELECT (SELECT sum(length(block)) FROM words_data) + (SELECT sum(length(block)) FROM trigrams_data) AS bytes',
    )?.bytes ?? 0;
  database.close();
  const facts = { name: 'Index of words and substrings', textBytes: bytes, indexBytes, ratio: indexBytes / bytes };
  console.log(
    process.argv.includes('--json')
      ? JSON.stringify(facts)
      : `${facts.name}: ${facts.ratio.toFixed(2)} of the text (goal 1.3, stretch 1.0)`,
  );
  return bytes;
}
