import { open, readdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ClaudeFact } from './facts.ts';
import { assistantFacts, isObject, numberOr, promptText, textOr, toolResultFacts } from './records.ts';

/** Bytes read from a transcript at once. */
const chunkBytes = 1024 * 1024;

/** Claude's folder: `CLAUDE_CONFIG_DIR`, or `.claude` in the home folder. */
export function claudeFolder(environment: NodeJS.ProcessEnv): string {
  return environment.CLAUDE_CONFIG_DIR ?? join(environment.HOME ?? homedir(), '.claude');
}

/** The transcript of a session, found by its id whatever folder it ran in; undefined when it never wrote one. */
export async function findTranscript(
  folder: string,
  sessionId: string,
): Promise<{ path: string; sizeBytes: number } | undefined> {
  const projects = join(folder, 'projects');
  for (const name of await readdir(projects).catch(() => [])) {
    const path = join(projects, name, `${sessionId}.jsonl`);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) return { path, sizeBytes: found.size };
  }
  return undefined;
}

/**
 * Whole lines of a transcript from `offset` (bytes) on, in pieces, each with the offset after it. A last line that is
 * not finished yet is left for the next time; a file that is gone or shorter gives nothing.
 */
export async function* readTranscript(path: string, offset: number): AsyncGenerator<{ lines: string[]; end: number }> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return;
  try {
    let position = offset;
    let end = offset;
    let rest: Buffer[] = [];
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      const piece = buffer.subarray(0, bytesRead);
      const last = piece.lastIndexOf(10);
      if (last === -1) {
        rest.push(piece);
        continue;
      }
      const whole = Buffer.concat([...rest, piece.subarray(0, last + 1)]);
      rest = [piece.subarray(last + 1)];
      end += whole.length;
      yield { lines: whole.toString('utf8').split('\n').filter(Boolean), end };
    }
  } finally {
    await file.close();
  }
}

/**
 * Gives a session's id back that a process killed at its very start had taken: its transcript then holds notes of the CLI
 * and not a word of a conversation, `--resume` finds none in it, and `--session-id` calls it used. Such a file is removed.
 * Gives whether there is a conversation to resume.
 */
export async function settleUnstarted(path: string): Promise<boolean> {
  for await (const { lines } of readTranscript(path, 0))
    if (lines.some((line) => /"type":"(user|assistant)"/.test(line))) return true;
  await rm(path, { force: true });
  return false;
}

/** Facts of one transcript line. Types that are not known, and what the CLI wrote for itself, give none. */
export function transcriptFacts(line: string): ClaudeFact[] {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    // A line that a crash cut in two.
    return [];
  }
  if (!isObject(record)) return [];
  const time = Date.parse(textOr(record.timestamp, ''));
  const at = Number.isNaN(time) ? null : time;
  switch (record.type) {
    case 'assistant':
      return assistantFacts(record, at);
    case 'user': {
      const results = toolResultFacts(record, at);
      if (
        results.length > 0 ||
        record.isMeta === true ||
        record.isCompactSummary === true ||
        record.isSidechain === true
      )
        return results;
      const text = promptText(isObject(record.message) ? record.message.content : undefined);
      if (text === undefined || /^<(command-|local-command)|^\[Request interrupted by user/.test(text)) return [];
      return [{ type: 'prompt', text, at }];
    }
    case 'system': {
      if (record.subtype !== 'compact_boundary') return [];
      const facts = isObject(record.compactMetadata) ? record.compactMetadata : {};
      return [{ type: 'compacted', before: numberOr(facts.preTokens, null), after: numberOr(facts.postTokens, null) }];
    }
    case 'cost-state': {
      const totalUsd = numberOr(record.totalCostUSD, null);
      return totalUsd === null ? [] : [{ type: 'cost', totalUsd }];
    }
    default:
      return [];
  }
}
