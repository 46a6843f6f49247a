import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../../shared/errors.ts';
import { isObject, type Json } from '../claude/records.ts';
import { readTranscript } from '../claude/transcript.ts';
import { readLine } from './read-line.ts';

/** Notes of the CLI that speak of a prompt or a process that the copy does not have. */
const leftOut = new Set(['queue-operation', 'last-prompt']);

/** Records that make up the conversation; what follows the last of them in a copy belongs to what was cut off. */
const conversation = new Set(['user', 'assistant', 'system']);

/** Where a copy ends: before the session's nth own prompt, or with `answered` before the next one. */
export interface CopyEnd {
  prompt: number;
  answered: boolean;
}

/**
 * Writes a transcript's beginning as one of another session, that the CLI can resume. The history before a prompt is what the
 * prompt's own record follows: where a person went back in the conversation, that is further up in the file.
 */
export async function copyTranscript(input: {
  from: string;
  to: string;
  sessionId: string;
  /** Null: all of it. */
  end: CopyEnd | null;
}): Promise<void> {
  const cut = input.end === null ? Number.POSITIVE_INFINITY : await findCut(input.from, input.end);
  const temporary = `${input.to}.${randomUUID()}.part`;
  await mkdir(dirname(input.to), { recursive: true });
  let said = 0;
  async function* lines(): AsyncGenerator<string> {
    let number = 0;
    /** Lines of which it is not known yet whether a conversation follows. */
    let waiting: string[] = [];
    for await (const piece of readTranscript(input.from, 0))
      for (const line of piece.lines) {
        number += 1;
        if (number >= cut) return;
        const record = parsed(line);
        const type = typeof record?.type === 'string' ? record.type : '';
        if (!record || leftOut.has(type)) continue;
        if ('sessionId' in record) record.sessionId = input.sessionId;
        waiting.push(`${JSON.stringify(record)}\n`);
        if (!conversation.has(type) && input.end !== null) continue;
        if (type === 'user' || type === 'assistant') said += 1;
        yield waiting.join('');
        waiting = [];
      }
  }
  try {
    await pipeline(Readable.from(lines()), createWriteStream(temporary, { mode: 0o600 }));
    if (said === 0)
      throw new AppError(
        'UNPROCESSABLE',
        'Nothing was said before this prompt, so there is nothing to go on from. Start a new worker with it instead.',
      );
    await rename(temporary, input.to);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The number of the first line that is left out, from 1. */
async function findCut(path: string, end: CopyEnd): Promise<number> {
  const places = new Map<string, number>();
  const prompts: number[] = [];
  let number = 0;
  let users = 0;
  let anchor: number | undefined;
  for await (const piece of readTranscript(path, 0))
    for (const line of piece.lines) {
      number += 1;
      const record = parsed(line);
      if (!record) continue;
      if (typeof record.uuid === 'string') places.set(record.uuid, number);
      if (record.type !== 'user') continue;
      const said = readLine(line)?.entries.filter(({ role }) => role === 'user').length ?? 0;
      if (said === 0) continue;
      prompts.push(number);
      users += said;
      if (anchor !== undefined || users < end.prompt) continue;
      const parent = typeof record.parentUuid === 'string' ? places.get(record.parentUuid) : undefined;
      anchor = end.answered ? number : (parent ?? number - 1);
    }
  if (anchor === undefined)
    throw new AppError('CONFLICT', 'This prompt is not in the transcript any more. Read the session again.');
  const from = anchor;
  return prompts.find((prompt) => prompt > from) ?? Number.POSITIVE_INFINITY;
}

function parsed(line: string): Json | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return isObject(record) ? record : undefined;
  } catch {
    // A line that a crash cut in two is of no use to a copy.
    return undefined;
  }
}
