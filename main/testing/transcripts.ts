import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A seeded stream of numbers from 0 to 1, so that a run that failed can be run again. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Words as people use them: a few very often, most hardly ever. */
export function createWriter(random: () => number, size = 20_000) {
  const syllables = 'con ta re mo lin fer po sta ker al vi de cu ro per sen ga ble tion ex ma ne ver zu qua ji'.split(
    ' ',
  );
  const words = new Set<string>();
  while (words.size < size) {
    let word = '';
    for (let left = 1 + Math.floor(random() * 4); left > 0; left -= 1)
      word += syllables[Math.floor(random() * syllables.length)];
    words.add(random() < 0.2 ? `${word}${Math.floor(random() * 100)}` : word);
  }
  const list = [...words];
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 0; rank < list.length; rank += 1) {
    sum += 1 / (rank + 3);
    sums.push(sum);
  }
  const word = (): string => {
    const wanted = random() * sum;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return list[low] ?? '';
  };
  return {
    /** The words, the commonest first. */
    words: list,
    text: (length: number) => Array.from({ length }, word).join(' '),
  };
}

/** The lines of a session as the CLI writes them, with so many turns. */
export function transcriptLines(input: {
  sessionId: string;
  cwd: string;
  turns: number;
  startAt: number;
  random: () => number;
  text: (length: number) => string;
}): string[] {
  const { sessionId, cwd, random, text } = input;
  const lines: string[] = [];
  let at = input.startAt;
  const common = () => {
    at += 500 + Math.floor(random() * 4000);
    return {
      uuid: `${sessionId}-${lines.length}`,
      timestamp: new Date(at).toISOString(),
      sessionId,
      cwd,
      gitBranch: 'main',
      version: '2.1.329',
      isSidechain: false,
      userType: 'external',
    };
  };
  const add = (record: object) => lines.push(JSON.stringify(record));
  const length = () => 5 + Math.floor(Math.exp(random() * 4.3));
  for (let turn = 0; turn < input.turns; turn += 1) {
    add({ type: 'mode', mode: 'normal', sessionId });
    add({ ...common(), type: 'user', message: { role: 'user', content: text(length()) } });
    const id = `msg_${sessionId}_${turn}`;
    const toolUseId = `toolu_${sessionId}_${turn}`;
    const usage = {
      input_tokens: 100 + Math.floor(random() * 1000),
      output_tokens: 10 + Math.floor(random() * 500),
      cache_read_input_tokens: Math.floor(random() * 5000),
      cache_creation_input_tokens: 0,
    };
    const message = (block: object) => ({
      ...common(),
      type: 'assistant',
      message: { id, role: 'assistant', model: 'claude-sonnet-4-5', content: [block], usage },
    });
    add(message({ type: 'text', text: text(length()) }));
    const path = `${cwd}/src/file${turn % 7}.ts`;
    const input = { file_path: path, old_string: text(3), new_string: text(5) };
    add(message({ type: 'tool_use', id: toolUseId, name: 'Edit', input }));
    add({
      ...common(),
      type: 'user',
      message: {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: toolUseId, content: text(length()), is_error: turn % 9 === 8 }],
      },
      toolUseResult: { filePath: path },
    });
    add({ ...common(), type: 'attachment', attachment: { type: 'date', date: '2026-11-21' } });
  }
  return lines;
}

/** Writes a transcript below a Claude folder. */
export async function writeTranscript(
  folder: string,
  project: string,
  sessionId: string,
  lines: readonly (string | Buffer)[],
): Promise<string> {
  const path = join(folder, 'projects', project, `${sessionId}.jsonl`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')])));
  return path;
}
