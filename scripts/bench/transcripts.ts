import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, createWriter, transcriptLines, writeTranscript } from '../../main/testing/transcripts.ts';

/** Messages of a turn, and turns of a session, in what the benchmarks make. */
const messagesOfTurn = 4;
const turnsOfSession = 250;

/** The number behind `--name`, or what it is unless said. */
export function numberOption(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  const value = at > 0 ? Number(process.argv[at + 1]) : otherwise;
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number.`);
  return value;
}

/** Fills a Claude folder with sessions of about so many messages; gives their bytes and the words in them. */
export async function fillClaudeFolder(folder: string, messages: number): Promise<{ bytes: number; words: string[] }> {
  const random = createRandom(42);
  const { text, words } = createWriter(random);
  const sessions = Math.max(1, Math.round(messages / messagesOfTurn / turnsOfSession));
  let bytes = 0;
  for (let session = 0; session < sessions; session += 1) {
    const sessionId = `bench-${session}`;
    const lines = transcriptLines({
      sessionId,
      cwd: `/repo/project-${session % 20}`,
      turns: Math.ceil(messages / messagesOfTurn / sessions),
      startAt: 1_760_000_000_000 + session * 3_600_000,
      random,
      text,
    });
    await writeTranscript(folder, `-work-project-${session % 20}`, sessionId, lines);
    bytes += lines.reduce((sum, line) => sum + line.length + 1, 0);
  }
  return { bytes, words };
}

/** Appends a line to a session's transcript as a worker does; gives its path. */
export async function appendLines(folder: string, sessionId: string, text: string): Promise<string> {
  const project = join(folder, 'projects', '-work-busy');
  await mkdir(project, { recursive: true });
  const path = join(project, `${sessionId}.jsonl`);
  const record = {
    type: 'user',
    timestamp: new Date().toISOString(),
    sessionId,
    message: { role: 'user', content: text },
  };
  await appendFile(path, `${JSON.stringify(record)}\n`);
  return path;
}
