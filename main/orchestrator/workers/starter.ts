import type { Message } from '../../../shared/conversation.ts';
import { AppError } from '../../../shared/errors.ts';
import type { WorkerId } from '../../../shared/ids.ts';
import type { Worker } from '../../../shared/workers.ts';
import { fitsArgument, headlessArguments, interactiveArguments } from '../claude/command.ts';
import { prepareFirstStart } from '../claude/first-start.ts';
import { controlLine } from '../claude/stream.ts';
import {
  claudeFolder,
  findTranscript,
  readTranscript,
  settleUnstarted,
  transcriptFacts,
} from '../claude/transcript.ts';
import { isStorageTrouble } from '../database/storage-watch.ts';
import { fault } from '../fault.ts';
import type { HostProcess } from '../host/host.ts';
import type { Conversations } from './conversations.ts';
import { nextToStart } from './queue.ts';
import type { Run, WorkerStore } from './store.ts';
import { ended, isLive, withState } from './worker-row.ts';
import type { WorkerRows } from './worker-rows.ts';
import type { WorkersDeps } from './workers-deps.ts';

/** Size of a worker's screen until somebody who looks at it says otherwise. */
export const screen = { cols: 120, rows: 36 };

/** Asks a headless process whether it is ready; it says nothing before it is spoken to. */
export const initializeLine = controlLine('initialize-1', { subtype: 'initialize' });

/** Said to a worker that was cut off in a turn and is to go on with it. */
const goOnPrompt = 'You were cut off in the middle of your work. Look at where you were and go on.';

/** Takes workers out of the queue and brings them to life: worktree, command, process. */
export function createStarter(
  deps: WorkersDeps & {
    store: WorkerStore;
    rows: WorkerRows;
    conversations: Conversations;
    /** The limit that keeps a worker from starting. */
    limitReached: (worker: Worker) => { reason: string } | undefined;
    /** A process must exist before this is called: its id is the run's. */
    listen: (runId: string) => void;
    markSent: (prompt: ReturnType<WorkerStore['queuedPrompts']>[number], echo: boolean) => void;
    markQueued: (prompt: ReturnType<WorkerStore['queuedPrompts']>[number]) => void;
    watchSessionFiles: () => Promise<void>;
    /** Whether a worker is brought back to go on with what it was in the middle of; true once. */
    takeGoesOn: (id: WorkerId) => boolean;
  },
) {
  const { database, host, now, log, store, rows } = deps;
  const underWay = new Map<WorkerId, Promise<void>>();
  let closed = false;

  /** Starts what the queue and the free places allow. */
  function schedule(): void {
    if (closed) return;
    const free = deps.settings().maxWorkers - store.countLive();
    const startable = store.queued().filter((worker) => !deps.limitReached(worker));
    for (const { id } of nextToStart(startable, free, store.get)) {
      rows.keep(withState(rows.get(id), 'preparing', 'a place is free', now()));
      fault('spawn:preparing');
      const work = start(id)
        .catch((error: unknown) => fail(id, error))
        .catch((error: unknown) => log.error({ workerId: id, error }, 'that a start failed could not be kept'))
        .finally(() => {
          underWay.delete(id);
          scheduleOn();
        });
      underWay.set(id, work);
    }
  }

  /** Nobody waits for what is started after another start: what cannot be kept now is started when there is room. */
  function scheduleOn(): void {
    try {
      schedule();
    } catch (error) {
      log.error({ error }, 'the next worker could not be started');
    }
  }

  function fail(id: WorkerId, error: unknown): void {
    // Not its own fault: it is started again when there is room.
    if (isStorageTrouble(error)) throw error;
    const worker = store.get(id);
    if (!worker || !isLive(worker) || closed) return;
    const known = error instanceof AppError;
    if (!known) log.error({ workerId: id, error }, 'a worker could not be started');
    const code =
      known && typeof error.details?.code === 'string' ? (error.details.code as Worker['endCode']) : 'WORKTREE';
    const reason = error instanceof Error ? error.message : String(error);
    database.transaction(() => {
      const run = store.liveRun(id);
      if (run) store.updateRun(run.id, { endedAt: now() });
      deps.conversations.add(id, { kind: 'notice', level: 'error', text: reason, at: now(), parentToolUseId: null });
      rows.keep(ended(worker, { outcome: 'failed', code, reason, evidence: 'could not be started' }, now()));
    });
  }

  /** The row, unless a stop that came while the start was under way has ended the worker. */
  function stillWanted(id: WorkerId): Worker | undefined {
    const worker = store.get(id);
    return worker && isLive(worker) && !closed ? worker : undefined;
  }

  async function start(id: WorkerId): Promise<void> {
    const program = await deps.claude.look();
    if (program.path === null || program.problem !== null) {
      throw new AppError('UNPROCESSABLE', program.problem ?? 'claude cannot be used.', { code: program.problemCode });
    }
    const wanted = stillWanted(id);
    if (!wanted) return;
    if (wanted.worktreeId === null && wanted.baseBranch !== null) await makeWorktree(wanted, wanted.baseBranch);
    // A session that no process of ours has ever had cannot have a transcript; looking for one takes a call for each project.
    const origin = store.getOrigin(id);
    const ranBefore = store.lastRun(id) !== undefined;
    const found =
      ranBefore || origin ? await findTranscript(claudeFolder(deps.environment), wanted.sessionId) : undefined;
    const transcript = found && (!ranBefore || (await settleUnstarted(found.path))) ? found : undefined;
    if (wanted.kind === 'interactive') {
      await prepareFirstStart(deps.environment);
      await deps.watchSessionFiles();
    }
    const worker = stillWanted(id);
    if (!worker) return;
    const lost = await lostPrompts(worker.id, transcript?.path);
    const spent = origin && !store.lastRun(id) ? await costOf(origin.sessionId) : 0;
    fault('spawn:worktree-known');
    const run = openRun(worker, program.version, transcript, lost, spent);
    fault('spawn:run-opened');
    await launch(
      run,
      program.path,
      worker.worktreePath ?? deps.getProject(worker.projectId).path,
      transcript !== undefined,
    );
  }

  /** The total that a session's last process wrote down: a process that goes on with it begins there (2.1.329). */
  async function costOf(sessionId: string): Promise<number> {
    const transcript = await findTranscript(claudeFolder(deps.environment), sessionId);
    let totalUsd = 0;
    if (!transcript) return totalUsd;
    for await (const { lines } of readTranscript(transcript.path, 0)) {
      for (const line of lines) {
        // Transcripts are mostly other lines, and long ones.
        if (!line.includes('"cost-state"')) continue;
        for (const fact of transcriptFacts(line)) if (fact.type === 'cost') totalUsd = fact.totalUsd;
      }
    }
    return totalUsd;
  }

  /**
   * What a process was told and did not write down before it was killed: the next one is told again. Only the last turn
   * of a process that was cut off can be lost so.
   */
  async function lostPrompts(id: WorkerId, transcript: string | undefined): Promise<Message[]> {
    const sent = store.sentPrompts(id);
    const answered = (store.get(id)?.turns ?? 0) > 0;
    // Work that was done already is not asked for again because the memory of it is gone.
    if ((transcript === undefined && !answered) || sent.length === 0) return sent;
    const last = sent.at(-1);
    if (!store.lastRun(id)?.cutOff || last?.kind !== 'prompt') return [];
    if (transcript === undefined) return [last];
    const wanted = withoutSpaces(last.text);
    for await (const { lines } of readTranscript(transcript, 0)) {
      const facts = lines.flatMap(transcriptFacts);
      // Several prompts that wait are written down as one.
      if (facts.some((fact) => fact.type === 'prompt' && withoutSpaces(fact.text).includes(wanted))) return [];
    }
    return [last];
  }

  async function makeWorktree(worker: Worker, baseBranch: string): Promise<void> {
    // One that was made for it before the worker's own row said so: a kill came between.
    const made = deps.worktrees.ofWorker(worker.id);
    const worktree =
      made?.state === 'ready'
        ? made
        : await deps.worktrees.create({
            project: deps.getProject(worker.projectId),
            workerId: worker.id,
            name: worker.name,
            branchPrefix: deps.settings().branchPrefix,
            baseBranch,
          });
    fault('spawn:worktree-ready');
    const present = store.get(worker.id);
    if (present)
      rows.keep({ ...present, worktreeId: worktree.id, worktreePath: worktree.path, branch: worktree.branch });
  }

  /** Keeps the run before its process exists: a kill in between finds it and settles it. */
  function openRun(
    worker: Worker,
    version: string | null,
    transcript: { path: string; sizeBytes: number } | undefined,
    lost: readonly Message[],
    spentBefore: number,
  ): Run {
    return database.transaction(() => {
      const last = store.lastRun(worker.id);
      const goesOn = last?.kind === 'interactive' && last.transcriptPath === transcript?.path;
      const run: Run = {
        id: `${worker.id}-${store.countRuns(worker.id) + 1}`,
        workerId: worker.id,
        kind: worker.kind,
        pid: null,
        startedAt: now(),
        endedAt: null,
        outputOffset: 0,
        errorsOffset: 0,
        hooksOffset: 0,
        transcriptPath: transcript?.path ?? null,
        transcriptOffset: goesOn ? last.transcriptOffset : (transcript?.sizeBytes ?? 0),
        costSeen: last?.costSeen ?? spentBefore,
        costPending: 0,
        errorsTail: '',
        reader: null,
        intent: null,
        cutOff: false,
      };
      for (const prompt of lost) deps.markQueued(prompt);
      if (last && !transcript && worker.turns > 0)
        deps.conversations.add(worker.id, {
          kind: 'notice',
          level: 'warning',
          text: 'The file that Claude kept this session in is gone: it goes on without any memory of it.',
          at: now(),
          parentToolUseId: null,
        });
      if (deps.takeGoesOn(worker.id) && lost.length === 0 && last?.cutOff)
        deps.conversations.add(worker.id, {
          kind: 'prompt',
          text: goOnPrompt,
          delivery: 'queued',
          at: now(),
          parentToolUseId: null,
        });
      store.addRun(run);
      rows.keep({
        ...withState(worker, 'starting', 'process asked for', now()),
        claudeVersion: version,
        startedAt: worker.startedAt ?? now(),
      });
      return run;
    });
  }

  async function launch(run: Run, program: string, cwd: string, resume: boolean): Promise<void> {
    const worker = rows.get(run.workerId);
    const command = {
      sessionId: worker.sessionId,
      resume,
      forkOf: store.getOrigin(worker.id)?.fork ? store.getOrigin(worker.id)?.sessionId : null,
      model: worker.model,
      permissions: await deps.permissionsOf(worker),
      systemPrompt: worker.role === null ? null : (deps.findRole(worker.role)?.prompt ?? null),
      trusted: deps.getProject(worker.projectId).trusted,
    };
    const env = { ...deps.environment, CONTROL_ROOM_WORKER: worker.id };
    const place = { id: run.id, file: program, cwd };
    let process: HostProcess;
    if (worker.kind === 'headless') {
      process = await host.spawn({ ...place, mode: 'pipe', args: headlessArguments(command), env });
      fault('spawn:process-started');
      store.addToOutbox(run.id, { type: 'write', data: initializeLine });
    } else {
      const first = store.queuedPrompts(worker.id)[0];
      const argument = first?.kind === 'prompt' && fitsArgument(first.text) ? first : undefined;
      const hooks = { url: `http://127.0.0.1:${host.info().hookPort}/hooks/${run.id}`, nodePath: deps.nodePath };
      process = await host.spawn({
        ...place,
        ...screen,
        mode: 'pty',
        args: interactiveArguments({ ...command, hooks, prompt: argument?.text ?? null }),
        // The folder was chosen by the user and, unless trusted, none of its own settings are read: nothing to ask about.
        env: { ...env, CLAUDE_CODE_SANDBOXED: '1' },
        hooks: true,
      });
      if (argument) deps.markSent(argument, true);
    }
    fault('spawn:to-be-taken');
    took(run, process);
    fault('spawn:taken');
    deps.listen(run.id);
    fault('spawn:listening');
  }

  /** Writes down the process of a run and shows an interactive one as a terminal. */
  function took(run: Run, process: HostProcess): void {
    database.transaction(() => {
      store.updateRun(run.id, { pid: process.pid });
      const worker = rows.get(run.workerId);
      if (!isLive(worker)) return;
      const terminalId = run.kind === 'interactive' ? openTerminal(worker, process) : worker.terminalId;
      rows.keep({ ...worker, pid: process.pid, terminalId });
    });
  }

  function openTerminal(worker: Worker, process: HostProcess) {
    const terminalId = deps.terminals.openForWorker({
      workerId: worker.id,
      projectId: worker.projectId,
      processId: process.id,
      title: worker.name,
      cwd: worker.worktreePath ?? deps.getProject(worker.projectId).path,
      ...screen,
      pid: process.pid,
    });
    deps.terminals.keepEarlierRuns(worker.id);
    return terminalId;
  }

  return {
    schedule,
    took,
    isUnderWay: (id: WorkerId) => underWay.has(id),
    /** Settles when no start is under way. */
    idle: () => Promise.allSettled(underWay.values()).then(() => undefined),
    close(): void {
      closed = true;
    },
  };
}

function withoutSpaces(text: string): string {
  return text.replace(/\s+/g, '');
}
