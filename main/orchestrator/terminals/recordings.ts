import { AppError } from '../../../shared/errors.ts';
import type { TerminalId } from '../../../shared/ids.ts';
import type { Recording, RecordingPart, Terminal } from '../../../shared/terminals.ts';
import type { Database } from '../database/database.ts';
import type { HostClient } from '../host/host.ts';
import { createLineReader } from './recorded-lines.ts';

/** Output that comes within this long of the last mark belongs to it: ten marks a second are fine enough to watch. */
const markEveryMs = 100;

/** New marks are kept this long after the first of them; a crash loses no more, and no byte. */
const keepAfterMs = 2000;

const partBytes = 256 * 1024;
const outlineMarks = 2000;

/** A search reads this much at once, and gives way to others after each slice. */
const searchBytes = 1024 * 1024;
const sliceBytes = 64 * 1024;

interface Followed {
  processId: string;
  /** Not kept yet. */
  marks: { at: number; end: number }[];
  unsubscribe: () => void;
}

/**
 * When a terminal's output came. The bytes themselves are in the host's log; here is only at which time they reached which
 * offset. What comes while no orchestrator runs gets the time at which the next one sees it.
 */
export function createRecordings(deps: {
  database: Database;
  host: HostClient;
  now: () => number;
  log: { warn(details: object, message: string): void };
  find: (id: TerminalId) => { terminal: Terminal; processId: string };
}) {
  const { database, host, now } = deps;
  const followed = new Map<TerminalId, Followed>();
  let timer: NodeJS.Timeout | undefined;

  function keep(): void {
    clearTimeout(timer);
    timer = undefined;
    const waiting = [...followed].filter(([, { marks }]) => marks.length > 0);
    if (waiting.length === 0) return;
    database.transaction(() => {
      for (const [id, { marks }] of waiting) {
        for (const { at, end } of marks) {
          database.run(
            'INSERT OR REPLACE INTO terminal_marks (terminal_id, end_offset, at) SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM terminals WHERE id = ?)',
            id,
            end,
            at,
            id,
          );
        }
      }
    });
    for (const [, one] of waiting) one.marks = [];
  }

  function note(one: Followed, end: number): void {
    const at = now();
    const last = one.marks.at(-1);
    if (last && at - last.at < markEveryMs) last.end = end;
    else one.marks.push({ at, end });
    timer ??= setTimeout(() => {
      try {
        keep();
      } catch (error) {
        deps.log.warn({ error }, 'times of recordings could not be kept; they are tried again');
      }
    }, keepAfterMs).unref();
  }

  /** Notes times of a terminal's output from now on, or from where it was left. */
  function follow(id: TerminalId, processId: string): void {
    if (followed.has(id)) return;
    const from =
      database.get<{ end: number | null }>(
        'SELECT max(end_offset) AS end FROM terminal_marks WHERE terminal_id = ?',
        id,
      )?.end ?? 0;
    const one: Followed = { processId, marks: [], unsubscribe: () => undefined };
    followed.set(id, one);
    one.unsubscribe = host.subscribe(
      processId,
      'output',
      from,
      ({ offset, bytes }) => note(one, offset + bytes.length),
      { lent: true },
    );
  }

  /** The last byte was heard: keeps what is not kept yet. */
  function finish(id: TerminalId): void {
    const one = followed.get(id);
    if (!one) return;
    one.unsubscribe();
    keep();
    followed.delete(id);
  }

  async function sourceOf(id: TerminalId) {
    const { terminal, processId } = deps.find(id);
    if (!terminal.recorded) {
      throw new AppError(
        'NOT_FOUND',
        `${terminal.title} is not recorded. Terminals of workers are; for your own shells turn on "Record my shells" in the settings and open another one.`,
        { id },
      );
    }
    const process = (await host.list()).find((each) => each.id === processId);
    if (!process) throw new AppError('NOT_FOUND', 'The output of this terminal is not kept any more.', { id });
    keep();
    return { terminal, processId, range: process.streams.output, sizes: process.sizes };
  }

  /** Marks after `from` up to and with the first one at or after `to`. */
  const marksIn = (id: TerminalId, from: number, to: number) =>
    database.all<{ at: number; end: number }>(
      `SELECT at, end_offset AS end FROM terminal_marks WHERE terminal_id = ? AND end_offset > ? AND end_offset <=
         coalesce((SELECT min(end_offset) FROM terminal_marks WHERE terminal_id = ? AND end_offset >= ?), ?)
       ORDER BY end_offset`,
      id,
      from,
      id,
      to,
      to,
    );

  /** Bytes `from` to `to` of the log, which must be there; later ones when the first are gone. */
  async function read(processId: string, from: number, to: number): Promise<{ from: number; bytes: Buffer }> {
    if (from >= to) return { from, bytes: Buffer.alloc(0) };
    const chunks: Uint8Array[] = [];
    let first: number | undefined;
    let length = 0;
    await new Promise<void>((resolve) => {
      let end: () => void = () => undefined;
      end = host.subscribe(processId, 'output', from, ({ offset, bytes }) => {
        if (first !== undefined && first + length >= to) return;
        first ??= offset;
        chunks.push(bytes);
        length += bytes.length;
        if (first + length < to) return;
        end();
        resolve();
      });
    });
    const start = first ?? from;
    return { from: start, bytes: Buffer.concat(chunks, length).subarray(0, Math.max(0, to - start)) };
  }

  async function outline(id: TerminalId): Promise<Recording> {
    const { terminal, range, sizes } = await sourceOf(id);
    const marks = marksIn(id, range.start, range.end);
    const ms = (at: number) => Math.max(0, at - terminal.createdAt);
    const step = Math.max(1, Math.ceil(marks.length / outlineMarks));
    return {
      startedAt: terminal.createdAt,
      ...range,
      durationMs: ms(marks.at(-1)?.at ?? terminal.createdAt),
      marks: marks
        .filter((_mark, index) => index % step === 0 || index === marks.length - 1)
        .map(({ at, end }) => [ms(at), end]),
      sizes,
    };
  }

  async function part(id: TerminalId, from: number): Promise<RecordingPart> {
    const { terminal, processId, range } = await sourceOf(id);
    const to = Math.min(range.end, Math.max(from, range.start) + partBytes);
    const { from: start, bytes } = await read(processId, Math.max(from, range.start), to);
    return {
      from: start,
      to: start + bytes.length,
      data: bytes.toString('base64'),
      marks: marksIn(id, start, start + bytes.length).map(({ at, end }) => [Math.max(0, at - terminal.createdAt), end]),
    };
  }

  async function search(id: TerminalId, query: string, limit: number) {
    const { terminal, processId, range } = await sourceOf(id);
    const wanted = query.toLowerCase();
    const found: { offset: number; line: string }[] = [];
    const reader = createLineReader(({ offset, text }) => {
      if (found.length > limit || !text.toLowerCase().includes(wanted)) return;
      // A screen that is drawn again says the same again.
      if (found.at(-1)?.line !== text) found.push({ offset, line: text.slice(0, 400) });
    });
    let at = range.start;
    while (at < range.end && found.length <= limit) {
      const { from, bytes } = await read(processId, at, Math.min(range.end, at + searchBytes));
      if (bytes.length === 0) break;
      for (let start = 0; start < bytes.length; start += sliceBytes) {
        reader.push(from + start, bytes.subarray(start, start + sliceBytes));
        await new Promise((resolve) => setImmediate(resolve));
      }
      at = from + bytes.length;
    }
    reader.end(at);
    const timeOf = (offset: number) =>
      database.get<{ at: number }>(
        'SELECT at FROM terminal_marks WHERE terminal_id = ? AND end_offset > ? ORDER BY end_offset LIMIT 1',
        id,
        offset,
      )?.at ?? terminal.createdAt;
    return {
      items: found.slice(0, limit).map(({ offset, line }) => ({
        ms: Math.max(0, timeOf(offset) - terminal.createdAt),
        offset,
        line,
      })),
      more: found.length > limit,
    };
  }

  /** asciicast v2: https://docs.asciinema.org/manual/asciicast/v2/ */
  async function exportCast(id: TerminalId): Promise<File> {
    const { terminal, processId, range, sizes } = await sourceOf(id);
    const first = sizes.findLast(({ offset }) => offset <= range.start) ?? terminal;
    const lines: string[] = [];
    const blocks: Blob[] = [];
    const say = (line: unknown): void => {
      lines.push(`${JSON.stringify(line)}\n`);
      if (lines.length >= 500) blocks.push(new Blob(lines.splice(0)));
    };
    say({
      version: 2,
      width: first.cols,
      height: first.rows,
      timestamp: Math.floor(terminal.createdAt / 1000),
      title: terminal.title,
      env: { TERM: 'xterm-256color' },
    });
    const decoder = new TextDecoder();
    const changes = sizes.filter(({ offset }) => offset > range.start);
    let at = range.start;
    let seconds = 0;
    while (at < range.end) {
      const { from, bytes } = await read(processId, at, Math.min(range.end, at + partBytes));
      if (bytes.length === 0) break;
      at = from;
      const stops = marksIn(id, from, from + bytes.length);
      const last = stops.at(-1);
      if (!last || last.end < from + bytes.length)
        stops.push({ at: last?.at ?? terminal.createdAt, end: from + bytes.length });
      for (const stop of stops) {
        seconds = Math.max(seconds, (stop.at - terminal.createdAt) / 1000);
        for (let change = changes[0]; change && change.offset <= at; change = changes[0]) {
          changes.shift();
          say([round(seconds), 'r', `${change.cols}x${change.rows}`]);
        }
        const end = Math.min(stop.end, from + bytes.length);
        const text = decoder.decode(bytes.subarray(at - from, end - from), { stream: true });
        at = end;
        if (text) say([round(seconds), 'o', text]);
      }
    }
    const name = terminal.title.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 60) || 'terminal';
    return new File([...blocks, ...lines], `${name}.cast`, { type: 'application/x-asciicast' });
  }

  return {
    follow,
    finish,
    outline,
    part,
    search,
    exportCast,
    close(): void {
      for (const { unsubscribe } of followed.values()) unsubscribe();
      keep();
      followed.clear();
    },
  };
}

const round = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;
