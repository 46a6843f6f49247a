import { homedir } from 'node:os';
import { AppError } from '../../../shared/errors.ts';
import type { ProjectId, TerminalId, WorkerId } from '../../../shared/ids.ts';
import type { Terminal } from '../../../shared/terminals.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import type { HostClient, HostProcess } from '../host/host-client.ts';
import { newId } from '../new-id.ts';
import { createScreens } from './screens.ts';
import { createTerminalStore } from './store.ts';

/** Previews are sent at most this often. */
const previewEveryMs = 250;

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
}) {
  const { database, publish, host, now, log } = deps;
  const store = createTerminalStore(database);
  const screens = createScreens({ host, parser: deps.screenParser, log });
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
    host.onExit(processId, (process) => exited(terminal.id, process));
    return terminal;
  }

  function update(terminal: Terminal): Terminal {
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

  function forget(id: TerminalId, processId: string): void {
    database.transaction(() => {
      store.remove(id);
      publish({ type: 'terminal.removed', id });
      database.afterCommit(() => {
        host.onExit(processId, () => {
          host
            .release(processId)
            .catch((error: unknown) => log.warn({ processId, error }, "an ended terminal's log is still kept"));
        });
      });
    });
  }

  async function create(input: {
    workerId?: WorkerId | undefined;
    projectId?: ProjectId | undefined;
    cols: number;
    rows: number;
  }): Promise<Terminal> {
    const place = deps.folderOf(input);
    const cwd = place.cwd ?? deps.environment.HOME ?? homedir();
    const id = newId<TerminalId>('s');
    const [file, ...args] = loginShell(deps.environment);
    const process = await host.spawn({
      id,
      mode: 'pty',
      file,
      args,
      cwd,
      env: deps.environment,
      cols: input.cols,
      rows: input.rows,
    });
    if (process.endReason === 'failed') {
      host.release(id).catch((error: unknown) => log.warn({ id, error }, 'a shell that never started is still kept'));
      throw new AppError(
        'UNPROCESSABLE',
        `${file} could not be started in ${cwd}: ${process.endMessage ?? 'unknown reason'}. Check SHELL and that the folder exists.`,
        { file, cwd },
      );
    }
    const title = file.split(/[\\/]/).at(-1) ?? file;
    return add(
      {
        id,
        kind: 'shell',
        workerId: input.workerId ?? null,
        projectId: place.projectId,
        title,
        cwd,
        cols: input.cols,
        rows: input.rows,
        pid: process.pid,
        state: 'running',
        exitCode: null,
        createdAt: now(),
        endedAt: null,
      },
      id,
    );
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
    const screen = screens.look(processId);
    let wake: () => void = () => undefined;
    let changed = true;
    const endChanges = screen.onChange(() => {
      changed = true;
      wake();
    });
    const ended = () => wake();
    signal?.addEventListener('abort', ended);
    let last = '';
    try {
      while (!signal?.aborted) {
        if (!changed) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        changed = false;
        const { lines } = await screen.text();
        const shown = lastLines(lines, count);
        const text = shown.join('\n');
        if (text !== last) yield { lines: shown };
        last = text;
        if (!signal?.aborted) await new Promise((resolve) => setTimeout(resolve, previewEveryMs));
      }
    } finally {
      signal?.removeEventListener('abort', ended);
      endChanges();
      screen.release();
    }
  }

  return {
    list: store.list,
    get: (id: TerminalId) => find(id).terminal,
    /** The host's id of a terminal's process. */
    processOf: (id: TerminalId) => find(id).processId,
    screens,
    create,
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
      await host.write(findRunning(id).processId, data);
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
      return add(
        {
          id: newId<TerminalId>('s'),
          kind: 'worker',
          ...facts,
          state: 'running',
          exitCode: null,
          createdAt: now(),
          endedAt: null,
        },
        processId,
      ).id;
    },
    forgetWorker(workerId: WorkerId, except?: TerminalId): void {
      for (const { terminal, processId } of store.ofWorker(workerId)) {
        if (terminal.kind === 'worker' && terminal.id !== except) forget(terminal.id, processId);
      }
    },
    isTerminalProcess: (processId: string) => store.byProcess(processId) !== undefined,
    /** Takes up what the host still holds and marks the rest as ended. */
    async recover(): Promise<void> {
      const processes = new Set((await host.list()).map(({ id }) => id));
      for (const { terminal, processId } of store.running()) {
        if (processes.has(processId)) host.onExit(processId, (process) => exited(terminal.id, process));
        else exited(terminal.id, {});
      }
    },
    /** Ends the user's shells. */
    async stopShells(): Promise<void> {
      const shells = store.running().filter(({ terminal }) => terminal.kind === 'shell');
      await Promise.all(shells.map(({ terminal, processId }) => endShell(terminal.id, processId)));
    },
    close: () => screens.close(),
  };
}

/** The last lines with something on them, oldest first. */
function lastLines(lines: string[], count: number): string[] {
  let end = lines.length;
  while (end > 0 && !lines[end - 1]?.trim()) end -= 1;
  return lines.slice(Math.max(0, end - count), end);
}

/** The user's own shell, as a login shell where that is known how. */
function loginShell(environment: Record<string, string>): [string, ...string[]] {
  if (process.platform === 'win32') return [environment.COMSPEC ?? environment.ComSpec ?? 'cmd.exe'];
  const shell = environment.SHELL ?? '/bin/sh';
  return /\/(bash|zsh|fish|ksh)$/.test(shell) ? [shell, '-l'] : [shell];
}
