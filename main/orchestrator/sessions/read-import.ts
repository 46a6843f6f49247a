import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { type Imported, sessionRecordSchema } from '../../../shared/sessions.ts';
import { isObject, type Json } from '../claude/records.ts';
import { readLine } from './read-line.ts';

/** So many of the lines that were skipped are named. */
const namedProblems = 20;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A file that was read to be imported: the lines of a transcript, and what was found in them. */
export interface ReadImport extends Omit<Imported, 'sessionId' | 'renamed'> {
  /** The id in the file; null when it names none that Claude would take. */
  sessionId: string | null;
  cwd: string | null;
  records: Json[];
}

/** Only what is needed of an export: later versions may say more of a session. */
const exportSchema = z.object({
  session: z.object({
    id: z.string().max(64),
    title: z.string().max(2000),
    cwd: z.string().max(4000).nullable(),
    branch: z.string().max(250).nullable().optional(),
    model: z.string().max(200).nullable().optional(),
    startedAt: z.number().optional(),
  }),
  records: z.array(z.unknown()),
});

/** Reads a transcript or an exported session, line by line. Throws when there is no conversation in it. */
export function readImport(fileName: string, content: string): ReadImport {
  const read = readExport(content) ?? readLines(content);
  if (read.messages === 0) {
    const [first] = read.problems;
    throw new AppError(
      'UNPROCESSABLE',
      `${basename(fileName)} holds no conversation: of its ${read.lines} lines ${read.skippedLines} could not be read${first ? ` (line ${first.line}: ${first.problem})` : ''}, and none is a message. A transcript of Claude Code (.jsonl) or a session saved here as JSON can be imported.`,
      { lines: read.lines, skippedLines: read.skippedLines, problems: read.problems },
    );
  }
  return read;
}

function readLines(content: string): ReadImport {
  const read = emptyImport('transcript');
  for (const [at, text] of content.split('\n').entries()) {
    if (!text.trim()) continue;
    read.lines += 1;
    const line = readLine(text);
    if (!line) {
      skip(read, at + 1, problemOf(text));
      continue;
    }
    const record = JSON.parse(text) as Json;
    read.records.push(record);
    read.messages += line.entries.filter(({ role }) => role === 'user' || role === 'assistant').length;
    read.cwd ??= line.cwd;
    if (read.sessionId === null && typeof record.sessionId === 'string' && uuid.test(record.sessionId))
      read.sessionId = record.sessionId;
  }
  return read;
}

function readExport(content: string): ReadImport | undefined {
  // A transcript is many objects: it does not parse as one, unless it has a single line, which has no records.
  if (!/^\s*\{\s*"session"/.test(content)) return undefined;
  let whole: unknown;
  try {
    whole = JSON.parse(content);
  } catch (error) {
    throw new AppError(
      'UNPROCESSABLE',
      `This looks like a session that was saved as JSON, but it is cut off or damaged: ${error instanceof Error ? error.message : String(error)}. Save it again.`,
    );
  }
  const found = exportSchema.safeParse(whole);
  if (!found.success) {
    const [issue] = found.error.issues;
    throw new AppError(
      'UNPROCESSABLE',
      `This looks like a session that was saved as JSON, but ${issue?.path.join('.') ?? 'it'} does not fit: ${issue?.message ?? ''}`,
    );
  }
  const { session, records } = found.data;
  const read = emptyImport('export');
  read.sessionId = uuid.test(session.id) ? session.id : null;
  read.cwd = session.cwd;
  read.records.push({ type: 'custom-title', customTitle: session.title });
  let parentUuid: string | null = null;
  for (const [at, given] of records.entries()) {
    read.lines += 1;
    const record = sessionRecordSchema.safeParse(given);
    if (!record.success) {
      const [issue] = record.error.issues;
      skip(read, at + 1, `${issue?.path.join('.') || 'the record'} does not fit: ${issue?.message ?? ''}`);
      continue;
    }
    const { role, text, toolName, toolUseId, input, failed } = record.data;
    const own: string = randomUUID();
    const common = {
      uuid: own,
      parentUuid,
      timestamp: new Date(record.data.at ?? session.startedAt ?? 0).toISOString(),
      cwd: session.cwd,
      gitBranch: session.branch ?? 'HEAD',
    };
    parentUuid = own;
    const assistant = (block: Json) => ({
      ...common,
      type: 'assistant',
      // Without tokens: they were spent and counted where the session ran.
      message: { id: `imported_${own}`, role: 'assistant', model: session.model ?? 'unknown', content: [block] },
    });
    if (role === 'user' || role === 'assistant') read.messages += 1;
    if (role === 'user') read.records.push({ ...common, type: 'user', message: { role: 'user', content: text } });
    else if (role === 'assistant') read.records.push(assistant({ type: 'text', text }));
    else if (role === 'thinking') read.records.push(assistant({ type: 'thinking', thinking: text }));
    else if (role === 'tool')
      read.records.push(
        assistant({ type: 'tool_use', id: toolUseId ?? own, name: toolName ?? 'tool', input: input ?? {} }),
      );
    else if (role === 'result') {
      const block = { type: 'tool_result', tool_use_id: toolUseId ?? own, content: text, is_error: failed };
      read.records.push({ ...common, type: 'user', message: { role: 'user', content: [block] } });
    } else
      read.records.push({ ...common, type: 'user', isCompactSummary: true, message: { role: 'user', content: text } });
  }
  return read;
}

function emptyImport(kind: ReadImport['kind']): ReadImport {
  return { kind, sessionId: null, cwd: null, records: [], lines: 0, messages: 0, skippedLines: 0, problems: [] };
}

function skip(read: ReadImport, line: number, problem: string): void {
  read.skippedLines += 1;
  if (read.problems.length < namedProblems) read.problems.push({ line, problem });
}

function problemOf(text: string): string {
  try {
    return isObject(JSON.parse(text)) ? 'it is nested too deeply' : 'it is no record';
  } catch (error) {
    return `it is no JSON: ${error instanceof Error ? error.message.slice(0, 120) : ''}`;
  }
}
