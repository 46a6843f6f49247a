import { type FSWatcher, watch } from 'node:fs';
import type { WorkerId } from '../../../shared/ids.ts';
import type { Worker } from '../../../shared/workers.ts';
import type { ClaudeFact } from '../claude/facts.ts';
import { hookFacts } from '../claude/hooks.ts';
import { isObject } from '../claude/records.ts';
import { createStreamReader } from '../claude/stream.ts';
import { readTranscript, transcriptFacts } from '../claude/transcript.ts';
import type { Database } from '../database/database.ts';
import { isStorageTrouble } from '../database/storage-watch.ts';
import type { HostChunk, HostClient, HostHookLine, HostProcess } from '../host/host.ts';
import { type ApprovalHooks, applyFacts, type Consequences } from './apply-facts.ts';
import type { Conversations } from './conversations.ts';
import { createLineSplitter } from './line-splitter.ts';
import type { Run, WorkerStore } from './store.ts';

/**
 * A transcript trails the screen by up to a tenth of a second, longer on a busy machine; its last lines belong before the
 * end of the turn. They are waited for in steps, and for no longer than this many.
 */
const transcriptTrailMs = 150;
const transcriptTrailSteps = 15;

/** How much of a process's error output is kept, in characters, to say why it ended. */
const errorsTailLength = 4000;

interface Attached {
  detach(): void;
  /** Settles when everything heard so far has been handled. */
  settled(): Promise<void>;
}

/**
 * Listens to the processes of workers and turns what they say into rows. Everything is read from the offset that was
 * handled last; offset and rows move in one transaction, so nothing is lost or counted twice, whatever is killed.
 */
export function createRuns(deps: {
  database: Database;
  store: WorkerStore;
  conversations: Conversations;
  approvals: ApprovalHooks;
  host: HostClient;
  now: () => number;
  log: { warn(details: object, message: string): void; error(details: object, message: string): void };
  keepWorker: (worker: Worker) => void;
  /** It said something, whatever that was. */
  onSign: (workerId: WorkerId) => void;
  /** After the transaction that made them. */
  onConsequences: (workerId: WorkerId, runId: string, consequences: Consequences) => void;
  onExit: (run: Run, process: HostProcess) => void;
}) {
  const { database, store, host, now, log } = deps;
  const attached = new Map<string, Attached>();

  /** Applies facts and moves the offsets of what they were read from, together. */
  function handle(runId: string, facts: readonly ClaudeFact[], source: string, offsets: Partial<Run>): void {
    let consequences: Consequences | undefined;
    let workerId: WorkerId | undefined;
    database.transaction(() => {
      const run = store.getRun(runId);
      const worker = run && store.get(run.workerId);
      if (!run || !worker) return;
      workerId = worker.id;
      const applied = applyFacts(
        { store, conversations: deps.conversations, approvals: deps.approvals },
        { worker, run, facts, source, now: now() },
      );
      consequences = applied.consequences;
      store.updateRun(runId, { ...offsets, ...applied.run });
      if (facts.length > 0) deps.keepWorker(applied.worker);
    });
    if (!consequences || !workerId) return;
    deps.onSign(workerId);
    deps.onConsequences(workerId, runId, consequences);
  }

  /**
   * Does what is to be kept. When that cannot be (a full disk), the run is let go of: it is attached again when there is room,
   * and goes on from what was handled last, which the host still has.
   */
  function keeping(runId: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      letGo(runId, error);
    }
  }

  function letGo(runId: string, error: unknown): void {
    if (!isStorageTrouble(error)) throw error;
    log.warn({ runId, error }, 'what a worker says cannot be kept at present; it waits with the host');
    attached.get(runId)?.detach();
    attached.delete(runId);
  }

  function listenToErrors(run: Run): () => void {
    let tail = run.errorsTail;
    return host.subscribe(run.id, 'errors', run.errorsOffset, ({ offset, bytes }) =>
      keeping(run.id, () => {
        tail = (tail + Buffer.from(bytes).toString('utf8')).slice(-errorsTailLength);
        const end = offset + bytes.length;
        store.updateRun(run.id, { errorsTail: tail, errorsOffset: end });
        acknowledge(run.id, 'errors', end);
      }),
    );
  }

  function acknowledge(runId: string, stream: 'output' | 'errors' | 'hooks', offset: number): void {
    host.acknowledge(runId, stream, offset).catch((error: unknown) => {
      // The log is only kept longer; the next acknowledgement says more.
      log.warn({ runId, stream, error }, 'the host could not be told what was handled');
    });
  }

  function attachHeadless(run: Run): Attached {
    const reader = createStreamReader(run.reader ?? undefined);
    const splitter = createLineSplitter(run.outputOffset);
    const onOutput = (chunk: HostChunk) => {
      const lines = splitter.push(chunk);
      const end = lines.at(-1)?.end;
      deps.onSign(run.workerId);
      if (end === undefined) return;
      const facts = lines.flatMap(({ text }) => reader.read(text));
      // Parts of an answer come by the dozen each second, and each commit waits for the disk. They are not kept: after a kill
      // they are read again, from the last fact that was.
      if (facts.every((fact) => fact.type === 'partial-text')) {
        const writing = facts.at(-1);
        if (writing) deps.conversations.setPartial(run.workerId, writing.text);
        return;
      }
      handle(run.id, facts, 'stream', { outputOffset: end, reader: reader.state() });
      acknowledge(run.id, 'output', end);
    };
    const ends = [
      host.subscribe(run.id, 'output', run.outputOffset, (chunk) => keeping(run.id, () => onOutput(chunk))),
      listenToErrors(run),
    ];
    return { detach: () => ends.forEach((end) => void end()), settled: () => Promise.resolve() };
  }

  function attachInteractive(run: Run): Attached {
    const splitter = createLineSplitter(run.hooksOffset);
    let work: Promise<void> = Promise.resolve();
    let transcript: FSWatcher | undefined;
    let watched: string | null = null;
    let detached = false;

    function inTurn(job: () => Promise<void> | void): void {
      work = work.then(job).catch((error: unknown) => {
        if (isStorageTrouble(error)) letGo(run.id, error);
        else log.error({ runId: run.id, error }, 'what a worker reported could not be handled');
      });
    }

    async function readOn(): Promise<void> {
      const present = store.getRun(run.id);
      if (!present?.transcriptPath) return;
      for await (const { lines, end } of readTranscript(present.transcriptPath, present.transcriptOffset)) {
        handle(run.id, lines.flatMap(transcriptFacts), 'transcript', { transcriptOffset: end });
      }
    }

    /** Reads on until the turn's last words are there. */
    async function readToEndOfTurn(lastWords: unknown): Promise<void> {
      const wanted = typeof lastWords === 'string' ? lastWords.trim() : '';
      for (let step = 0; step < transcriptTrailSteps; step += 1) {
        const last = store.lastText(run.workerId);
        if (step > 0 && (!wanted || last?.trim() === wanted)) return;
        await new Promise((resolve) => setTimeout(resolve, transcriptTrailMs));
        await readOn();
      }
    }

    function watchTranscript(path: string | null): void {
      if (!path || path === watched || detached) return;
      transcript?.close();
      try {
        transcript = watch(path, () => inTurn(readOn));
        transcript.on('error', () => transcript?.close());
        watched = path;
      } catch {
        // It is written with the first turn; the next hook tries again.
      }
    }

    async function onHook(line: HostHookLine, end: number): Promise<void> {
      const body = isObject(line.body) ? line.body : undefined;
      const path = typeof body?.transcript_path === 'string' ? body.transcript_path : null;
      if (path && path !== store.getRun(run.id)?.transcriptPath) store.updateRun(run.id, { transcriptPath: path });
      const event = body?.hook_event_name;
      watchTranscript(path);
      await readOn();
      if (event === 'Stop' || event === 'StopFailure') await readToEndOfTurn(body?.last_assistant_message);
      const facts: ClaudeFact[] = line.cancelled
        ? [{ type: 'permission-cancelled', requestId: line.hookId }]
        : hookFacts(line.hookId, line.body);
      handle(run.id, facts, line.cancelled ? 'hook taken back' : `hook ${typeof event === 'string' ? event : ''}`, {
        hooksOffset: end,
      });
    }

    const onHooks = (chunk: HostChunk) => {
      for (const { text, end } of splitter.push(chunk)) {
        inTurn(async () => {
          if (detached) return;
          await onHook(JSON.parse(text) as HostHookLine, end);
          acknowledge(run.id, 'hooks', end);
        });
      }
    };
    watchTranscript(run.transcriptPath);
    inTurn(readOn);
    const ends = [host.subscribe(run.id, 'hooks', run.hooksOffset, onHooks), listenToErrors(run)];
    return {
      detach() {
        detached = true;
        transcript?.close();
        for (const end of ends) end();
      },
      async settled() {
        // What is written at the very end of a session has no hook after it.
        inTurn(readOn);
        await work;
      },
    };
  }

  return {
    /** Begins to listen to a run from where it was handled last, until it ends or `close`. */
    attach(run: Run): void {
      if (attached.has(run.id)) return;
      const listening = run.kind === 'headless' ? attachHeadless(run) : attachInteractive(run);
      const endExit = host.onExit(run.id, (process) => {
        void listening.settled().then(() => {
          if (!attached.has(run.id)) return;
          listening.detach();
          attached.delete(run.id);
          const last = store.getRun(run.id);
          if (last && last.endedAt === null) keeping(run.id, () => deps.onExit(last, process));
        });
      });
      attached.set(run.id, {
        settled: listening.settled,
        detach() {
          endExit();
          listening.detach();
        },
      });
    },
    /** A fact learned beside the streams, such as a status file. */
    report(runId: string, facts: readonly ClaudeFact[], source: string): void {
      handle(runId, facts, source, {});
    },
    close(): void {
      for (const { detach } of attached.values()) detach();
      attached.clear();
    },
  };
}
