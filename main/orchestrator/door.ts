import { randomUUID } from 'node:crypto';
import { ORPCError } from '@orpc/server';
import type { Access } from '../../shared/access.ts';
import { AppError, errorStatuses } from '../../shared/errors.ts';
import type { ProcedureMeta } from '../../shared/procedure.ts';
import { type Caller, mayCall, on } from './access/caller.ts';
import type { Audit } from './audit/audit.ts';
import { isStorageTrouble } from './database/storage-watch.ts';

/** Calls that are answered at once from what is kept, while what ran before is still being taken up. */
const answeredEarly = new Set([
  'events.state',
  'events.subscribe',
  'settings.get',
  'configuration.get',
  'configuration.watch',
  'logs.list',
  'logs.follow',
  'logs.summary',
  'logs.download',
  'doctor.run',
  'diagnostics.preview',
  'diagnostics.bundle',
  'access.overview',
  'access.watch',
  'projects.list',
  'workers.list',
  'workers.get',
  'workers.messages',
  'workers.conversation',
  'terminals.list',
  'approvals.list',
  'worktrees.list',
  'savedSearches.list',
  'sessions.list',
  'sessions.search',
  'sessions.get',
  'sessions.messages',
  'sessions.outline',
  'sessions.index',
  'sessions.watchIndex',
]);

/** A backup holds everything: who takes one away is noted. */
const leavesTheHouse = new Set(['backups.content', 'backups.part']);

/** A call on its way in. */
interface Call {
  caller: Caller;
  /** `workers.spawn` */
  name: string;
  meta: ProcedureMeta;
  route: { path?: string | undefined; method?: string | undefined };
}

export type Within = <T>(fields: Record<string, unknown>, run: () => T) => T;
export type Log = Record<'debug' | 'error', (details: object, message: string) => void>;

/** The one door that every call of every surface passes: access first, then the audit, errors last. */
export function createDoor(deps: {
  audit: Pick<Audit, 'recordJoined'>;
  /** Settles when what ran before is taken up: until then only what is kept can be read. */
  ready: Promise<void>;
  /** Is told of every call: how long it took, and what it was refused with. */
  observe: (name: string, seconds: number, refusal: { code: string; status: number } | null, input: unknown) => void;
  log: Log;
  /** Runs a call so that all that is written down meanwhile says of which call it is. */
  within?: Within | undefined;
}) {
  const within: Within = deps.within ?? ((_fields, run) => run());
  /** Writes down what somebody did or tried to do. */
  async function note(caller: Caller, action: string, looks: boolean, input: unknown, outcome: string): Promise<void> {
    const decided = action.startsWith('approvals.decide') && outcome === 'ok';
    // Decisions write their own entries, one for each request; keystrokes are in the terminal's own record.
    if ((looks && outcome === 'ok') || decided || action === 'terminals.input' || action === 'terminals.resize') return;
    // A file in parts is noted once: when its first part goes, and when the last has come.
    if (outcome === 'ok' && (action === 'backups.uploadPart' || (action === 'backups.part' && offsetOf(input) > 0)))
      return;
    const { query, ...given }: Record<string, unknown> =
      typeof input === 'object' && input !== null ? { ...input } : {};
    const details: Record<string, unknown> = typeof query === 'object' ? { ...given, ...query } : { ...given, query };
    if (query === undefined) delete details.query;
    // What is in a file is not for the book.
    if (action.startsWith('files.')) delete details.content;
    if (action === 'backups.uploadPart') delete details.base64;
    if (action === 'configuration.set' && typeof details.name === 'string') {
      // Under its own name, by which it is known whether it is a secret.
      details[details.name] = details.value;
      delete details.value;
    }
    const { id, path } = details;
    const subject = typeof id === 'string' ? id : typeof path === 'string' ? path : null;
    await deps.audit.recordJoined({ actor: caller.name, from: caller.from, action, subject, outcome, details });
  }

  function translate(error: unknown, name: string, requestId: string): unknown {
    if (error instanceof AppError) return toWire(error);
    if (error instanceof ORPCError) return error.code === 'BAD_REQUEST' ? withFieldNamed(error) : error;
    if (isStorageTrouble(error))
      return toWire(
        new AppError('UNAVAILABLE', 'The disk is full: nothing more can be kept. Free some space and try again.', {
          code: 'DISK_FULL',
        }),
      );
    deps.log.error({ procedure: name, error }, 'a call failed in a way nobody foresaw');
    return toWire(
      new AppError(
        'INTERNAL',
        `Something went wrong inside Control Room. The log has the details under request ${requestId}.`,
        {
          requestId,
        },
      ),
    );
  }

  return {
    /** Lets a call through to `next`, with the caller as it is there, or refuses it. */
    async pass<T>(call: Call, input: unknown, next: (caller: Caller) => T): Promise<Awaited<T>> {
      const { caller, name } = call;
      const requestId = caller.requestId ?? randomUUID();
      return within({ requestId, procedure: name, ...workerOf(name, input) }, () =>
        answer(call, requestId, input, next),
      );
    },
  };

  async function answer<T>(
    { caller, name, meta, route }: Call,
    requestId: string,
    input: unknown,
    next: (caller: Caller) => T,
  ): Promise<Awaited<T>> {
    const needed = meta.access;
    if (needed === undefined) throw new Error(`${name} declares no access level`);
    const looks = isLook(name, needed, route.method);
    const path = route.path ?? '';
    const startedAt = performance.now();
    const seconds = (): number => (performance.now() - startedAt) / 1000;
    if (!mayCall(caller, { name, path, needed })) {
      await note(caller, name, false, input, 'FORBIDDEN');
      throw toWire(refusal(caller, name, needed));
    }
    try {
      if (!answeredEarly.has(name)) await deps.ready;
      const result = await next(on(caller, path));
      deps.observe(name, seconds(), null, input);
      await note(caller, name, looks, input, 'ok');
      return result;
    } catch (error) {
      const translated = translate(error, name, requestId);
      const outcome = translated instanceof ORPCError ? translated.code : 'INTERNAL';
      const status = translated instanceof ORPCError ? translated.status : 500;
      deps.observe(name, seconds(), { code: outcome, status }, input);
      await note(caller, name, looks && needed === 'view', input, outcome);
      deps.log.debug({ outcome }, 'a call was refused');
      throw translated;
    }
  }
}

function offsetOf(input: unknown): number {
  const { offset } = (input ?? {}) as { offset?: unknown };
  return typeof offset === 'number' ? offset : 0;
}

/** The worker a call is about. */
function workerOf(name: string, input: unknown): { workerId?: string } {
  if (typeof input !== 'object' || input === null) return {};
  const { id, workerId } = input as { id?: unknown; workerId?: unknown };
  if (typeof workerId === 'string') return { workerId };
  return name.startsWith('workers.') && typeof id === 'string' ? { workerId: id } : {};
}

/** Whether a call only looks: nothing of that is noted when it goes well, but for files, and the audit that leaves the house. */
function isLook(name: string, needed: Access, method: string | undefined): boolean {
  if (name.startsWith('files.') || name === 'audit.export' || leavesTheHouse.has(name)) return false;
  // Who may only view still signs in and out.
  return method === 'GET' || (needed === 'view' && !name.startsWith('access.'));
}

function refusal(caller: Caller, name: string, needed: Access): AppError {
  if (caller.only !== undefined)
    return new AppError('FORBIDDEN', `This credential is for ${caller.only} alone.`, { needed });
  return new AppError(
    'FORBIDDEN',
    caller.permissions
      ? `${name} needs "${needed}" access; the permissions of this key (${caller.permissions.join(', ')}) do not give it there.`
      : `${name} needs "${needed}" access; this credential has "${caller.access}". Use one with more access.`,
    { needed, granted: caller.access },
  );
}

function toWire(error: AppError): ORPCError<string, unknown> {
  return new ORPCError(error.code, { status: errorStatuses[error.code], message: error.message, data: error.details });
}

/** Bad input, with the first field that does not fit named in the message. */
function withFieldNamed(error: ORPCError<string, unknown>): ORPCError<string, unknown> {
  const issues = (error.data as { issues?: { path?: PropertyKey[]; message: string }[] } | undefined)?.issues;
  const first = issues?.[0];
  if (!first) return error;
  const field = (first.path ?? []).map(String).join('.');
  const message = field ? `${field}: ${first.message}.` : `${first.message}.`;
  return new ORPCError('BAD_REQUEST', {
    status: 400,
    message: message.replace(/\.\.$/, '.'),
    data: {
      field,
      issues: issues
        ?.slice(0, 20)
        .map((issue) => ({ field: (issue.path ?? []).map(String).join('.'), message: issue.message })),
    },
  });
}
