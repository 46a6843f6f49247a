import { homedir } from 'node:os';
import { AppError } from '../../../shared/errors.ts';
import type { ProjectId, TerminalId, WorkerId } from '../../../shared/ids.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { Terminal, TerminalProfile } from '../../../shared/terminals.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import type { HostClient, HostProcess } from '../host/host.ts';
import { newId } from '../new-id.ts';
import { createIdleShells } from './idle-shells.ts';
import { listProfiles } from './profiles.ts';
import { createRecordings } from './recordings.ts';
import { createScreens } from './screens.ts';
import { createTerminalStore } from './store.ts';

/** So many earlier runs of a worker stay to be played, beside the present or last one. */
const earlierRuns = 20;

/** Previews are sent at most this often. */
const previewEveryMs = 250;

/** A terminal that says more than this between two pictures floods, in bytes: some hundred screens. */
const floodBytes = 1024 * 1024;

export type Terminals = ReturnType<typeof createTerminals>;

/** Every PTY there is: those of interactive workers and the user's own shells. */
export function createTerminals(deps: {
  database: Database;
  publish: Publish;
  host: HostClient;
  now: () => number;
  log: { warn(details: object, message: string): void; error(details: object, message: string): void };
  /** What a shell sees. */
  environment: Record<string, string>;
  /** Program of the thread that parses screens. */
  screenParser: URL;
  /** Folder and project of the worker or project a shell is opened in. */
  folderOf: (place: { workerId?: WorkerId | undefined; projectId?: ProjectId | undefined }) => {
    cwd: string | null;
    projectId: ProjectId | null;
  };
  settings: () => Pick<Settings, 'terminalIdleHours' | 'recordShells' | 'terminalProfiles'>;
  /** Pids of all processes of the machine that have a child. */
  parents: () => Promise<ReadonlySet<number>>;
  /** A worker goes on in another terminal than its runs before, in the transaction that makes it. */
  onNextRun?: (earlier: readonly TerminalId[], next: TerminalId) => void;
  /** How often it is looked for idle shells. */
  idleLookEveryMs?: number;
}) {
  const { database, publish, host, now, log } = deps;
  const store = createTerminalStore(database);
  const screens = createScreens({ host, parser: deps.screenParser, log });
  const recordings = createRecordings({ database, host, now, log, find });
  const idleShells = createIdleShells({
    now,
    log,
    limitHours: () => deps.settings().terminalIdleHours,
    parents: deps.parents,
    async look() {
      const shells = store.running().filter(({ terminal }) => terminal.kind === 'shell');
      if (shells.length === 0) return [];
      const ends = new Map((await host.list()).map(({ id, streams }) => [id, streams.output.end]));
      return shells.map(({ terminal, processId }) => ({ terminal, outputEnd: ends.get(processId) ?? 0 }));
    },
    active: (id, at) => void update({ ...find(id).terminal, lastActiveAt: at }),
    async closeShell(id, idleMs) {
      const { terminal, processId } = find(id);
      update({ ...terminal, endReason: `Closed by itself: nothing happened in it for ${hoursText(idleMs)}.` });
      await endShell(id, processId);
    },
    ...(deps.idleLookEveryMs ? { lookEveryMs: deps.idleLookEveryMs } : {}),
  });
  /** Processes of terminals that were typed into and run: a key must not wait for the database. */
  const typable = new Map<TerminalId, string>();
  const sizeListeners = new Set<(id: TerminalId, cols: number, rows: number) => void>();

  function find(id: TerminalId) {
    const found = store.get(id);
    if (!found) throw new AppError('NOT_FOUND', `There is no terminal ${id}. GET /api/terminals lists them.`, { id });
    return found;
  }

  function findRunning(id: TerminalId) {
    const found = find(id);
    if (found.terminal.state !== 'running') {
      throw new AppError(
        'CONFLICT',
        `The process of this terminal has ended${found.terminal.kind === 'worker' ? '. Resume its worker to go on' : '. Open another one'}.`,
        { id },
      );
    }
    return found;
  }

  function add(terminal: Terminal, processId: string): Terminal {
    database.transaction(() => {
      store.add(terminal, processId);
      publish({ type: 'terminal.changed', terminal });
    });
    attend(terminal, processId);
    return terminal;
  }

  /** Follows a running terminal: its end, its times when it is recorded, its idleness when it is a shell. */
  function attend(terminal: Terminal, processId: string): void {
    host.onExit(processId, (process) => {
      recordings.finish(terminal.id);
      exited(terminal.id, process);
    });
    if (terminal.recorded) recordings.follow(terminal.id, processId);
    if (terminal.kind === 'shell') idleShells.watch();
  }

  function update(terminal: Terminal): Terminal {
    typable.delete(terminal.id);
    database.transaction(() => {
      store.update(terminal);
      publish({ type: 'terminal.changed', terminal });
    });
    return terminal;
  }

  function exited(id: TerminalId, process: Pick<HostProcess, 'exitCode'>): void {
    const found = store.get(id);
    if (found?.terminal.state !== 'running') return;
    update({ ...found.terminal, state: 'exited', exitCode: process.exitCode ?? null, endedAt: now(), pid: null });
  }

  /** A worker's own terminals, one for each run, the newest first. */
  const runsOf = (workerId: WorkerId) =>
    store
      .ofWorker(workerId)
      .filter(({ terminal }) => terminal.kind === 'worker')
      .sort((a, b) => b.terminal.createdAt - a.terminal.createdAt);

  function drop(id: TerminalId): void {
    typable.delete(id);
    idleShells.forget(id);
    recordings.finish(id);
    database.transaction(() => {
      store.remove(id);
      publish({ type: 'terminal.removed', id });
    });
  }

  function forget(id: TerminalId, processId: string): void {
    database.transaction(() => {
      drop(id);
      database.afterCommit(() => {
        host.onExit(processId, () => {
          host
            .release(processId)
            .catch((error: unknown) => log.warn({ processId, error }, "an ended terminal's log is still kept"));
        });
      });
    });
  }

  const profiles = (): Promise<TerminalProfile[]> =>
    listProfiles({ environment: deps.environment, configured: deps.settings().terminalProfiles });

  async function create(input: {
    workerId?: WorkerId | undefined;
    projectId?: ProjectId | undefined;
    profile?: string | undefined;
    cols: number;
    rows: number;
  }): Promise<Terminal> {
    const place = deps.folderOf(input);
    return open({
      profile: input.profile ?? 'login',
      cwd: place.cwd ?? deps.environment.HOME ?? homedir(),
      title: null,
      workerId: input.workerId ?? null,
      projectId: place.projectId,
      cols: input.cols,
      rows: input.rows,
    });
  }

  /** Opens a shell; without a title it has its profile's name. */
  async function open(
    input: Pick<Terminal, 'cwd' | 'workerId' | 'projectId' | 'cols' | 'rows'> & {
      profile: string;
      title: string | null;
    },
  ): Promise<Terminal> {
    const { cwd, cols, rows, workerId, projectId } = input;
    const all = await profiles();
    const profile = all.find((each) => each.id === input.profile);
    if (!profile) {
      throw new AppError(
        'NOT_FOUND',
        `There is no shell "${input.profile}". GET /api/terminals/profiles lists them: ${all.map((each) => each.id).join(', ')}.`,
        { profile: input.profile },
      );
    }
    const id = newId<TerminalId>('s');
    const { command: file, args } = profile;
    const process = await host.spawn({ id, mode: 'pty', file, args, cwd, env: deps.environment, cols, rows });
    if (process.endReason === 'failed') {
      host.release(id).catch((error: unknown) => log.warn({ id, error }, 'a shell that never started is still kept'));
      throw new AppError(
        'UNPROCESSABLE',
        `${file} could not be started in ${cwd}: ${process.endMessage ?? 'unknown reason'}. Check ${profile.source === 'settings' ? 'its command in the settings' : 'SHELL'} and that the folder exists.`,
        { file, cwd },
      );
    }
    return add(
      {
        id,
        kind: 'shell',
        workerId,
        projectId,
        title: input.title ?? freeTitle(profile.name),
        cwd,
        cols,
        rows,
        pid: process.pid,
        state: 'running',
        exitCode: null,
        createdAt: now(),
        endedAt: null,
        profile: profile.id,
        lastActiveAt: now(),
        endReason: null,
        recorded: deps.settings().recordShells,
      },
      id,
    );
  }

  /** The name, with a number when another shell has it: "zsh", "zsh 2", ... */
  function freeTitle(name: string): string {
    const taken = new Set(store.list().map(({ title }) => title));
    let number = 1;
    while (taken.has(number === 1 ? name : `${name} ${number}`)) number += 1;
    return number === 1 ? name : `${name} ${number}`;
  }

  /** A shell, or a refusal that says what to do with a worker's terminal instead. */
  function findShell(id: TerminalId, instead: string) {
    const found = find(id);
    if (found.terminal.kind === 'worker') {
      throw new AppError('CONFLICT', `This is the terminal of ${found.terminal.title}. ${instead}`, {
        id,
        workerId: found.terminal.workerId,
      });
    }
    return found;
  }

  async function endShell(id: TerminalId, processId: string): Promise<void> {
    await host.signal(processId, 'SIGHUP', { tree: true });
    const gone = new Promise<void>((resolve) => host.onExit(processId, () => resolve()));
    const late = new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        host
          .signal(processId, 'SIGKILL', { tree: true })
          .catch((error: unknown) => log.warn({ id, error }, 'a shell could not be killed'));
        resolve();
      }, 2000);
      void gone.then(() => clearTimeout(timer));
    });
    await Promise.race([gone, late]);
  }

  async function resize(input: { id: TerminalId; cols: number; rows: number }): Promise<Terminal> {
    const { id, cols, rows } = input;
    const { terminal, processId } = findRunning(id);
    if (terminal.cols === cols && terminal.rows === rows) return terminal;
    await host.resize(processId, cols, rows);
    screens.resized(processId, cols, rows);
    for (const listener of [...sizeListeners]) listener(id, cols, rows);
    return update({ ...find(id).terminal, cols, rows });
  }

  async function* preview(
    id: TerminalId,
    count: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<{ lines: string[] }, void, void> {
    const { processId } = find(id);
    let wake: () => void = () => undefined;
    let changed = true;
    const note = (): void => {
      changed = true;
      wake();
    };
    const follow = () => {
      const screen = screens.look(processId);
      return { screen, endChanges: screen.onChange(note) };
    };
    // Null while it floods: what nobody can read need not all be parsed, its end is drawn anew for each picture.
    let followed: ReturnType<typeof follow> | null = follow();
    const letGo = (endsNow: boolean): void => {
      followed?.endChanges();
      followed?.screen.release(endsNow);
      followed = null;
    };
    const ended = () => wake();
    signal?.addEventListener('abort', ended);
    let last = '';
    let seen: number | null = null;
    try {
      while (!signal?.aborted) {
        if (followed && !changed) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        changed = false;
        const picture = await (followed ? followed.screen.text() : screens.glance(processId));
        if (!picture) return;
        const shown = lastLines(picture.lines, count);
        const text = shown.join('\n');
        if (text !== last) yield { lines: shown };
        last = text;
        const floods = seen !== null && picture.offset - seen > floodBytes;
        seen = picture.offset;
        if (followed && floods) letGo(true);
        else if (!followed && !floods) {
          followed = follow();
          changed = true;
        }
        if (!signal?.aborted) await new Promise((resolve) => setTimeout(resolve, previewEveryMs));
      }
    } finally {
      signal?.removeEventListener('abort', ended);
      letGo(false);
    }
  }

  return {
    list: store.list,
    get: (id: TerminalId) => find(id).terminal,
    /** Its name; empty when it is gone. */
    titleOf: (id: TerminalId) => store.get(id)?.terminal.title ?? '',
    /** The host's id of a terminal's process. */
    processOf: (id: TerminalId) => find(id).processId,
    screens,
    create,
    profiles,
    recordings,
    rename(id: TerminalId, title: string): Terminal {
      const { terminal } = findShell(id, 'Rename the worker instead.');
      return update({ ...terminal, title });
    },
    async restart(id: TerminalId): Promise<Terminal> {
      const { terminal, processId } = findShell(id, 'Stop the worker and resume it instead.');
      const opened = await open({ ...terminal, profile: terminal.profile ?? 'login' });
      if (terminal.state === 'running') await endShell(id, processId);
      if (store.get(id)) forget(id, processId);
      return opened;
    },
    async remove(id: TerminalId): Promise<{ id: TerminalId }> {
      const { terminal, processId } = find(id);
      if (terminal.kind === 'worker' && terminal.state === 'running') {
        throw new AppError('CONFLICT', `This is the terminal of ${terminal.title}. Stop the worker instead.`, {
          id,
          workerId: terminal.workerId,
        });
      }
      if (terminal.state === 'running') await endShell(id, processId);
      if (store.get(id)) forget(id, processId);
      return { id };
    },
    async screen(id: TerminalId): Promise<{ text: string; cols: number; rows: number; offset: number }> {
      const screen = screens.look(find(id).processId);
      try {
        const { lines, cols, rows, offset } = await screen.text();
        return { text: lines.join('\n').trimEnd(), cols, rows, offset };
      } finally {
        screen.release();
      }
    },
    async input(id: TerminalId, data: string | Uint8Array): Promise<{ id: TerminalId }> {
      idleShells.typed(id);
      const processId = typable.get(id) ?? findRunning(id).processId;
      typable.set(id, processId);
      await host.write(processId, data);
      return { id };
    },
    resize,
    preview(id: TerminalId, lines: number, signal: AbortSignal | undefined) {
      find(id);
      return preview(id, lines, signal);
    },
    onResize(listener: (id: TerminalId, cols: number, rows: number) => void): () => void {
      sizeListeners.add(listener);
      return () => void sizeListeners.delete(listener);
    },
    openForWorker(input: {
      workerId: WorkerId;
      projectId: ProjectId;
      processId: string;
      title: string;
      cwd: string;
      cols: number;
      rows: number;
      pid: number | null;
    }): TerminalId {
      const known = store.byProcess(input.processId);
      if (known) return known.id;
      const { processId, ...facts } = input;
      const terminal: Terminal = {
        id: newId<TerminalId>('s'),
        kind: 'worker',
        ...facts,
        state: 'running',
        exitCode: null,
        createdAt: now(),
        endedAt: null,
        profile: null,
        lastActiveAt: now(),
        endReason: null,
        recorded: true,
      };
      const earlier = runsOf(input.workerId).map((run) => run.terminal.id);
      database.transaction(() => {
        add(terminal, processId);
        deps.onNextRun?.(earlier, terminal.id);
      });
      return terminal.id;
    },
    forgetWorker(workerId: WorkerId): void {
      for (const { terminal, processId } of runsOf(workerId)) forget(terminal.id, processId);
    },
    /** Keeps the recordings of a worker's newest earlier runs and forgets those before them. */
    keepEarlierRuns(workerId: WorkerId): void {
      for (const { terminal, processId } of runsOf(workerId).slice(earlierRuns + 1)) forget(terminal.id, processId);
    },
    /** What a process wrote is no longer kept: of an earlier run of a worker nothing is left then. */
    outputRemoved(processId: string): void {
      const workerId = store.byProcess(processId)?.workerId;
      if (!workerId) return;
      const gone = runsOf(workerId)
        .slice(1)
        .find((run) => run.processId === processId);
      if (gone) drop(gone.terminal.id);
    },
    isTerminalProcess: (processId: string) => store.byProcess(processId) !== undefined,
    /** Takes up what the host still holds and marks the rest as ended. */
    async recover(): Promise<void> {
      const processes = new Set((await host.list()).map(({ id }) => id));
      for (const { terminal, processId } of store.running()) {
        if (processes.has(processId)) attend(terminal, processId);
        else exited(terminal.id, {});
      }
    },
    /** Writes down ends that could not be written down when they came. */
    async settleEnded(): Promise<void> {
      const processes = new Map((await host.list()).map((process) => [process.id, process]));
      for (const { terminal, processId } of store.running()) {
        const process = processes.get(processId);
        if (process && process.endedAt === undefined) continue;
        recordings.finish(terminal.id);
        exited(terminal.id, process ?? {});
      }
    },
    /** Ends the user's shells. */
    async stopShells(): Promise<void> {
      const shells = store.running().filter(({ terminal }) => terminal.kind === 'shell');
      await Promise.all(shells.map(({ terminal, processId }) => endShell(terminal.id, processId)));
    },
    async close(): Promise<void> {
      await idleShells.close();
      recordings.close();
      await screens.close();
    },
  };
}

/** The last lines with something on them, oldest first. */
function lastLines(lines: string[], count: number): string[] {
  let end = lines.length;
  while (end > 0 && !lines[end - 1]?.trim()) end -= 1;
  return lines.slice(Math.max(0, end - count), end);
}

/** "4 hours", "30 minutes". */
function hoursText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  return `${Math.round(minutes / 60)} hours`;
}
