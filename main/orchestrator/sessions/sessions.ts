import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../shared/errors.ts';
import type { ProjectId, SessionId, WorkerId } from '../../../shared/ids.ts';
import type { Project } from '../../../shared/projects.ts';
import type { SearchHit, Session, sessionFilter, TitleHit } from '../../../shared/sessions.ts';
import type { Usage, Worker } from '../../../shared/workers.ts';
import type { Database } from '../database/database.ts';
import type { Publish } from '../events.ts';
import { type ExportFormat, exportSession } from './export-session.ts';
import { copyForFork, transcriptGone } from './fork-copy.ts';
import { createImporter } from './import-session.ts';
import { isWithin } from './index-reader.ts';
import { asksTitles } from './index-search.ts';
import { keptFolder } from './kept-copies.ts';
import { createLiveSessions } from './live-sessions.ts';
import { namePattern, parseQuery } from './query.ts';
import { imagesOf } from './record-images.ts';
import type { Places, Filter as RecordFilter, StoredSession } from './search-filter.ts';
import type { SearchIndex } from './search-index.ts';
import { createSessionChanges } from './session-changes.ts';
import { createMarkStore } from './store.ts';
import { createSessionTrash } from './trash.ts';

export type Sessions = ReturnType<typeof createSessions>;

type Filter = ReturnType<typeof sessionFilter.parse>;

/** Records taken at once for an export. */
const exportPage = 2000;

/** A worker's session, as far as other sessions are concerned. */
export interface WorkerSession {
  id: WorkerId;
  projectId: ProjectId;
  sessionId: string;
}

/** All conversations of Claude Code on this machine: list, search, reading, going on with them, and what they used. */
export function createSessions(deps: {
  /** The state database, for what a person said about a session. */
  database: Database;
  index: SearchIndex;
  /** Claude's folders, its own first. */
  folders: () => readonly string[];
  dataDir: string;
  trashDays: () => number;
  publish: Publish;
  log: { error(details: object, message: string): void };
  now: () => number;
  projects: () => readonly Pick<Project, 'id' | 'name' | 'path'>[];
  worktrees: () => readonly { projectId: ProjectId; path: string }[];
  workers: {
    ofSession(sessionId: string): Worker | undefined;
    ownersOf(sessionIds: readonly string[]): (WorkerSession & { name: string })[];
    /** Names of workers that have sessions, as far as they may match a pattern of LIKE. */
    sessionNames(pattern: string): { sessionId: string; name: string }[];
    sessions(): WorkerSession[];
    /** When processes of ours took a session up again. */
    resumedAt(sessionId: string): number[];
    get(id: WorkerId): Worker;
    resume(id: WorkerId, prompt: string | undefined): Worker;
    /** A new worker that begins with a session: in its folder, or with a copy of it in a worktree of its own. */
    adopt(input: {
      projectId: ProjectId;
      sessionId: string;
      name: string;
      cwd: string;
      fork: boolean;
      /** The session is a copy already; it only needs a worktree of its own. */
      ownWorktree: boolean;
      baseBranch: string | undefined;
      prompt: string | undefined;
    }): Worker;
  };
  branches: (id: ProjectId) => Promise<string[]>;
  /** A session is gone for good: what others made of it goes with it. */
  forgotten: (id: SessionId) => void;
}) {
  const { index } = deps;
  const marks = createMarkStore(deps.database);
  const live = createLiveSessions({ folders: deps.folders, now: deps.now });
  const trash = createSessionTrash({
    database: deps.database,
    folder: join(deps.dataDir, 'trash'),
    folders: () => [...deps.folders(), join(deps.dataDir, keptFolder)],
    now: deps.now,
    days: deps.trashDays,
    async forget(id) {
      await index.purge([id]);
      marks.remove(id);
      deps.forgotten(id);
    },
  });
  const changes = createSessionChanges({
    database: deps.database,
    index,
    publish: deps.publish,
    now: deps.now,
    complete,
    isDeleted: (id) => trash.ids().includes(id),
    log: deps.log,
  });

  /** Registered folders and whose they are. */
  function roots(): { folder: string; projectId: ProjectId }[] {
    return [
      ...deps.projects().map(({ id, path }) => ({ folder: path, projectId: id })),
      ...deps.worktrees().map(({ path, projectId }) => ({ folder: path, projectId })),
    ];
  }

  function projectOfFolder(cwd: string | null, known: ReturnType<typeof roots>): ProjectId | null {
    if (cwd === null) return null;
    let deepest: (typeof known)[number] | undefined;
    for (const root of known)
      if (isWithin(cwd, root.folder) && root.folder.length > (deepest?.folder.length ?? -1)) deepest = root;
    return deepest?.projectId ?? null;
  }

  function placesOf({ project, worker }: Filter): Places {
    const places: Places = {};
    if (worker !== undefined) places.worker = [deps.workers.get(worker).sessionId];
    if (project !== undefined) {
      const known = roots();
      const owners = deps.workers.sessions();
      places.project = {
        folders: known.filter(({ projectId }) => projectId === project).map(({ folder }) => folder),
        others: known.filter(({ projectId }) => projectId !== project).map(({ folder }) => folder),
        sessionIds: owners.filter(({ projectId }) => projectId === project).map(({ sessionId }) => sessionId),
        otherSessionIds: owners.filter(({ projectId }) => projectId !== project).map(({ sessionId }) => sessionId),
      };
    }
    return places;
  }

  function isWorkerLive(worker: Worker | undefined): boolean {
    return worker !== undefined && worker.state !== 'ended' && worker.state !== 'queued';
  }

  function titleOf(
    { custom, ai, prompt }: StoredSession['facts']['titles'],
    own: string | null,
    worker: { name: string } | undefined,
  ): string {
    // A picture has no place in a title.
    const said = prompt?.replaceAll('[image]', '').trim();
    return own ?? custom ?? worker?.name ?? ai ?? (said || 'Untitled session');
  }

  /** The rows of a list, each with what is known of it outside of the index. */
  async function complete(stored: readonly StoredSession[]): Promise<Session[]> {
    const open = await live.get();
    const known = roots();
    return stored.map(({ sessionId, facts }) => {
      const mark = marks.get(sessionId);
      const worker = deps.workers.ofSession(sessionId);
      const isLive = open.has(sessionId) || isWorkerLive(worker);
      return {
        id: sessionId as SessionId,
        title: titleOf(facts.titles, mark.title, worker),
        cwd: facts.cwd,
        projectId: worker?.projectId ?? projectOfFolder(facts.cwd, known),
        workerId: worker?.id ?? null,
        branch: facts.branch,
        model: facts.model,
        claudeVersion: facts.version,
        forkedFrom: facts.forkedFrom as SessionId | null,
        startedAt: facts.startedAt,
        lastAt: facts.lastAt,
        turns: facts.turns,
        messages: facts.messages,
        usage: facts.usage,
        tools: facts.tools,
        filesTouched: facts.files,
        subagents: facts.agents.length,
        compactions: facts.compactions,
        state: isLive ? 'live' : facts.gone ? 'kept' : 'ended',
        skippedLines: facts.skipped,
        tags: mark.tags,
        pinned: mark.pinned,
        archived: mark.archived,
      };
    });
  }

  async function get(id: SessionId): Promise<Session> {
    trash.refuseDeleted(id);
    const [session] = await complete([await index.ask('get', id)]);
    if (!session) throw new Error('unreachable');
    return session;
  }

  async function resume(input: {
    id: SessionId;
    prompt?: string | undefined;
    fork: boolean;
    upTo?: number | undefined;
    answered: boolean;
  }): Promise<Worker> {
    if (input.upTo !== undefined && !input.fork)
      throw new AppError('BAD_REQUEST', 'upTo: only a fork can begin at a prompt. Send "fork": true with it.', {
        field: 'upTo',
      });
    const session = await get(input.id);
    const prompt = input.prompt?.trim() ? input.prompt : undefined;
    const worker = deps.workers.ofSession(input.id);
    if (!input.fork) {
      if (worker && worker.state !== 'ended')
        throw new AppError(
          'CONFLICT',
          `${worker.name} has this session open. Say something to that worker instead, or fork the session.`,
          { workerId: worker.id },
        );
      const holder = (await live.get(true)).get(input.id);
      if (holder)
        throw new AppError(
          'CONFLICT',
          `This session is open in another process (${holder.pid}); two at once would mix it up. End that one first, or fork the session.`,
          { pid: holder.pid },
        );
      if (session.state === 'kept') throw transcriptGone();
      if (worker) return deps.workers.resume(worker.id, prompt);
    }
    if (session.state === 'kept') throw transcriptGone();
    const { projectId, cwd } = session;
    if (projectId === null || cwd === null)
      throw new AppError(
        'UNPROCESSABLE',
        `This session ran in ${cwd ?? 'an unknown folder'}, which belongs to no project here. Add that folder as a project first.`,
        { cwd },
      );
    const copy = await copyForFork(index, deps.folders(), session, input);
    const branch = session.branch;
    const branches = input.fork && branch !== null ? await deps.branches(projectId) : [];
    try {
      return deps.workers.adopt({
        projectId,
        sessionId: copy?.sessionId ?? input.id,
        name: `${input.fork ? 'Fork of ' : ''}${session.title}`.slice(0, 80).trim(),
        cwd,
        fork: input.fork && !copy,
        ownWorktree: copy !== undefined,
        baseBranch: branch !== null && branches.includes(branch) ? branch : undefined,
        prompt,
      });
    } catch (error) {
      if (copy) await rm(copy.path, { force: true });
      throw error;
    }
  }

  async function remove(id: SessionId) {
    const session = await get(id);
    const worker = deps.workers.ofSession(id);
    if (worker && worker.state !== 'ended')
      throw new AppError('CONFLICT', `${worker.name} is working in this session. Stop that worker first.`, {
        workerId: worker.id,
      });
    const holder = (await live.get(true)).get(id);
    if (holder)
      throw new AppError('CONFLICT', `Process ${holder.pid} has this session open. End it first.`, { pid: holder.pid });
    const trashed = await trash.remove(session);
    changes.deleted(session);
    return trashed;
  }

  return {
    async list(input: Filter & { limit: number; cursor?: string | undefined }) {
      const { items, more } = await index.ask('list', {
        filter: input,
        places: placesOf(input),
        pinned: marks.pinned(),
        archived: marks.archived(),
        hidden: trash.ids(),
        wantArchived: input.archived,
        limit: input.limit,
        after: input.cursor === undefined ? null : readCursor(input.cursor),
      });
      const sessions = await complete(items);
      const last = sessions.at(-1);
      return {
        items: sessions,
        nextCursor: more && last ? `${last.pinned ? 1 : 0}.${last.lastAt}.${last.id}` : null,
      };
    },
    /** Sessions that may answer with this filter, by the index's ids. */
    passing: (input: Filter): Promise<string[]> =>
      index.ask('passing', {
        filter: recordFilter(input),
        places: placesOf(input),
        archived: marks.archived(),
        hidden: trash.ids(),
        wantArchived: input.archived,
      }),
    async search(
      input: Filter & {
        q: string;
        mode: 'words' | 'substring';
        order: 'newest' | 'best';
        sessionId?: SessionId | undefined;
        limit: number;
        cursor?: string | undefined;
      },
    ) {
      const sessionId = input.sessionId ?? null;
      const asked = {
        q: input.q,
        mode: input.mode,
        order: input.order,
        filter: recordFilter(input),
        places: placesOf(input),
        archived: marks.archived(),
        hidden: trash.ids(),
        wantArchived: input.archived,
        sessionId,
        limit: input.limit,
        cursor: input.cursor ?? null,
      };
      const named = asksTitles(asked)
        ? [...marks.titles(), ...deps.workers.sessionNames(namePattern(parseQuery(input.q, input.mode)))]
        : [];
      const { items, titles, sessions, nextCursor, tookMs } = await index.ask('search', { ...asked, named });
      const known = roots();
      const ids = sessions.map((session) => session.sessionId);
      const owners = new Map(deps.workers.ownersOf(ids).map((owner) => [owner.sessionId, owner]));
      const own = marks.titlesOf(ids);
      const about = new Map(
        sessions.map(({ sessionId, facts }) => {
          const worker = owners.get(sessionId);
          return [
            sessionId,
            {
              title: titleOf(facts.titles, own.get(sessionId) ?? null, worker),
              projectId: worker?.projectId ?? projectOfFolder(facts.cwd, known),
              workerId: worker?.id ?? null,
            },
          ] as const;
        }),
      );
      const told = <Hit extends { sessionId: SessionId }>(hit: Hit) => ({
        ...hit,
        ...(about.get(hit.sessionId) ?? { title: '', projectId: null, workerId: null }),
      });
      return {
        items: items.map((item): SearchHit => told(item)),
        titles: titles.map((title): TitleHit => told(title)),
        nextCursor,
        tookMs,
      };
    },
    get,
    async messages({ id, after, limit }: { id: SessionId; after: number; limit: number }) {
      trash.refuseDeleted(id);
      return index.ask('messages', id, after, limit, deps.workers.resumedAt(id));
    },
    async images({ id, index: place }: { id: SessionId; index: number }) {
      trash.refuseDeleted(id);
      const found = await index.ask('entryPlace', id, place);
      return { items: found ? await imagesOf(found.path, found.entry) : [] };
    },
    async outline(id: SessionId) {
      trash.refuseDeleted(id);
      return { items: await index.ask('outline', id) };
    },
    async update(input: {
      id: SessionId;
      title?: string | undefined;
      tags?: string[] | undefined;
      pinned?: boolean | undefined;
      archived?: boolean | undefined;
    }): Promise<Session> {
      await get(input.id);
      const before = marks.get(input.id);
      marks.put(input.id, {
        title: input.title ?? before.title,
        tags: input.tags ? [...new Set(input.tags)] : before.tags,
        pinned: input.pinned ?? before.pinned,
        archived: input.archived ?? before.archived,
      });
      const session = await get(input.id);
      changes.changed(session);
      return session;
    },
    resume,
    remove,
    async restore(id: SessionId): Promise<Session> {
      const session = await trash.restore(id);
      changes.restored(session);
      return session;
    },
    async purge(id: SessionId) {
      await trash.purge(id);
      return { id };
    },
    trash: () => ({ items: trash.list() }),
    refuseDeleted: trash.refuseDeleted,
    import: createImporter({
      index,
      folders: deps.folders,
      dataDir: deps.dataDir,
      isDeleted: (id) => trash.ids().includes(id),
    }),
    changes: changes.list,
    /** Goes on with what was cut off, and removes what has been in the trash for long enough. */
    sweepTrash: trash.sweep,
    /** Whether there was an index before. */
    indexedBefore: changes.hasBegun,
    close: changes.close,
    async export({ id, format }: { id: SessionId; format: ExportFormat }) {
      const session = await get(id);
      const records = [];
      let after: number | null = 0;
      while (after !== null) {
        const page: Awaited<ReturnType<typeof index.ask<'messages'>>> = await index.ask(
          'messages',
          id,
          after,
          exportPage,
          deps.workers.resumedAt(id),
        );
        records.push(...page.items);
        after = page.nextCursor;
      }
      return exportSession(session, records, format);
    },
    async usage(input: {
      by: 'day' | 'project' | 'worker' | 'model';
      from?: number | undefined;
      to?: number | undefined;
    }) {
      const rows = await index.ask('usage', input.from ?? null, input.to ?? null);
      const known = roots();
      const names = new Map(deps.projects().map(({ id, name }) => [id as string, name]));
      const points = new Map<string, { label: string; usage: Usage; sessions: Set<string> }>();
      for (const row of rows) {
        const worker =
          input.by === 'worker' || input.by === 'project' ? deps.workers.ofSession(row.sessionId) : undefined;
        let key: string;
        let label: string;
        if (input.by === 'day') [key, label] = [row.day, row.day];
        else if (input.by === 'model') [key, label] = [row.model ?? '', row.model ?? 'Unknown model'];
        else if (input.by === 'worker') [key, label] = [worker?.id ?? '', worker?.name ?? 'Outside of Control Room'];
        else {
          key = worker?.projectId ?? projectOfFolder(row.cwd, known) ?? '';
          label = names.get(key) ?? 'Other folders';
        }
        let point = points.get(key);
        if (!point) {
          const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 };
          point = { label, usage, sessions: new Set() };
          points.set(key, point);
        }
        point.usage.inputTokens += row.inputTokens;
        point.usage.outputTokens += row.outputTokens;
        point.usage.cacheReadTokens += row.cacheReadTokens;
        point.usage.cacheWriteTokens += row.cacheWriteTokens;
        point.usage.costUsd += row.costUsd;
        point.sessions.add(row.sessionId);
      }
      const items = [...points].map(([key, { label, usage, sessions }]) => ({
        key,
        label,
        usage,
        sessions: sessions.size,
      }));
      items.sort((a, b) => (input.by === 'day' ? (a.key < b.key ? -1 : 1) : b.usage.costUsd - a.usage.costUsd));
      return { items };
    },
    index: index.state,
    watchIndex: index.watch,
    pauseIndex: index.pause,
  };
}

/** What of a filter is about records; the rest is found out here. */
function recordFilter({ branch, model, from, to, role, tool, path, minCostUsd }: Filter): RecordFilter {
  return { branch, model, from, to, role, tool, path, minCostUsd };
}

function readCursor(cursor: string): { pinned: boolean; lastAt: number; sessionId: string } {
  const [, pinned, lastAt, sessionId] = /^([01])\.(\d{1,15})\.([a-z0-9_-]{1,64})$/.exec(cursor) ?? [];
  if (sessionId === undefined)
    throw new AppError('BAD_REQUEST', 'cursor: it is not one that a list gave.', { field: 'cursor' });
  return { pinned: pinned === '1', lastAt: Number(lastAt), sessionId };
}
