import type { AppEvent } from '../../../shared/events.ts';
import { createRegistry } from './registry.ts';
import { createWorkerTally } from './worker-tally.ts';

/** Bounds of latencies, in seconds; they reach from a cached page to a request that waits for a model. */
export const latencyBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
/** Statements take microseconds. */
const statementBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1] as const;

export type Meters = ReturnType<typeof createMeters>;

/** A request that the port has answered. */
export interface AnsweredRequest {
  method: string;
  /** The route's pattern, `/api/workers/{id}`: addresses themselves would be without end. */
  path: string;
  status: number;
  /** How long it took, in seconds; null for a stream, which lasts as long as somebody listens. */
  seconds: number | null;
}

/** What is counted while it happens. Everything here is told by whoever does it; nothing looks. */
export function createMeters(deps: {
  now: () => number;
  /** Entries of the log so far, by level. */
  logged?: (() => Readonly<Record<string, number>>) | undefined;
}) {
  const registry = createRegistry();
  const requests = registry.counter({
    name: 'http_requests_total',
    help: 'Requests that the port answered, by method, route and status.',
    labels: ['method', 'path', 'status'],
  });
  const durations = registry.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time until requests were answered; streams are left out.',
    labels: ['method', 'path'],
    buckets: latencyBounds,
  });
  const claudeRequests = registry.counter({
    name: 'claude_code_requests_total',
    help: 'Requests that the port answered, by method and status alone.',
    labels: ['method', 'status'],
  });
  const authFailures = registry.counter({
    name: 'collab_auth_failures_total',
    help: 'Requests that were refused for want of a valid credential.',
  });
  const errors = registry.counter({
    name: 'collab_errors_total',
    help: 'Requests and calls that failed inside of Control Room (5xx), over the port, the window and the socket.',
  });
  const errorsByType = registry.counter({
    name: 'control_room_errors_total',
    help: 'The same by their code.',
    labels: ['type'],
  });
  const messages = registry.counter({
    name: 'collab_messages_sent_total',
    help: 'Messages and prompts that workers were given.',
  });
  const rateLimitHits = registry.counter({
    name: 'control_room_rate_limit_hits_total',
    help: 'Requests and calls that were refused because there were too many.',
    labels: ['limit'],
  });
  const calls = registry.summary({
    name: 'control_room_call_seconds',
    help: 'Time that calls of the contract took, whichever way they came; streams until they began.',
    labels: ['procedure'],
  });
  const statements = registry.histogram({
    name: 'control_room_database_statement_seconds',
    help: 'Time that statements and commits of the state database took.',
    labels: ['kind'],
    buckets: statementBounds,
  });
  const searches = registry.histogram({
    name: 'control_room_search_seconds',
    help: 'Time that searches of sessions took.',
    buckets: latencyBounds,
  });
  const terminalBytes = registry.counter({
    name: 'control_room_terminal_bytes_total',
    help: 'Bytes of terminals that were sent to viewers.',
  });
  const ended = registry.counter({
    name: 'control_room_worker_ends_total',
    help: 'Runs of workers that ended, by outcome.',
    labels: ['outcome'],
  });
  const tokens = registry.counter({
    name: 'control_room_tokens_total',
    help: 'Tokens that workers used.',
    labels: ['kind'],
  });
  const cost = registry.counter({
    name: 'control_room_cost_usd_total',
    help: 'What workers cost at list prices, in US dollars; estimated while a turn runs.',
  });
  const decisions = registry.counter({
    name: 'control_room_approvals_decided_total',
    help: 'Requests for permission that were decided, by what became of them.',
    labels: ['state'],
  });
  const events = registry.counter({
    name: 'control_room_events_total',
    help: 'Changes that clients were told of.',
    labels: ['type'],
  });
  const { logged } = deps;
  if (logged)
    registry.counterOf(
      {
        name: 'control_room_log_messages_total',
        help: 'Entries that were written to the log, by level.',
        labels: ['level'],
      },
      () => Object.entries(logged()).map(([level, count]) => [[level], count] as const),
    );
  const tally = createWorkerTally({
    tokens: (kind, count) => tokens.add([kind], count),
    cost: (usd) => cost.add([], usd),
    ended: (outcome) => ended.add([outcome]),
    beganAt: deps.now(),
  });
  const databaseSeconds = { sum: 0 };

  function answeredAs(method: string, path: string, status: string) {
    return {
      requests: requests.series([method, path, status]),
      claudeRequests: claudeRequests.series([method, status]),
      of: [method, path],
      duration: undefined as ReturnType<typeof durations.series> | undefined,
    };
  }
  const answered = new Map<string, ReturnType<typeof answeredAs>>();

  /** A route that only streams has no durations. */
  function durationOf(known: ReturnType<typeof answeredAs>) {
    known.duration ??= durations.series(known.of);
    return known.duration;
  }

  function failed(type: string): void {
    errors.add([]);
    errorsByType.add([type]);
  }

  return {
    registry,
    /** How workers stood when nothing was counted yet. */
    beginWith: tally.beginWith,
    request({ method, path, status, seconds }: AnsweredRequest): void {
      // One key for all of its series: this is on the way of every request.
      const key = `${method} ${status} ${path}`;
      const known = answered.get(key) ?? answeredAs(method, path, String(status));
      answered.set(key, known);
      known.requests.add();
      known.claudeRequests.add();
      if (status === 401) authFailures.add([]);
      if (seconds !== null) durationOf(known).observe(seconds);
    },
    /** Something failed by our own fault outside of a call. */
    failed,
    rateLimited: (limit: string) => rateLimitHits.add([limit]),
    /** A call has passed the door. `code` is what it was refused with, `status` that of HTTP. */
    call(name: string, seconds: number, refusal: { code: string; status: number } | null, input: unknown): void {
      calls.observe([name], seconds);
      if (refusal) {
        if (refusal.status >= 500) failed(refusal.code);
        return;
      }
      if (name === 'sessions.search') searches.observe([], seconds);
      if (givesPrompt(name, input)) messages.add([]);
    },
    statement(kind: 'read' | 'write' | 'commit', seconds: number): void {
      statements.observe([kind], seconds);
      databaseSeconds.sum += seconds;
    },
    terminalBytes: (count: number) => terminalBytes.add([], count),
    event(event: AppEvent): void {
      events.add([event.type]);
      if (event.type === 'worker.changed') tally.changed(event.worker);
      if (event.type === 'worker.removed') tally.removed(event.id);
      if (event.type === 'approval.changed' && event.approval.state !== 'waiting')
        decisions.add([event.approval.state]);
    },
    /** Sums so far, for charts and alerts. */
    sums() {
      const logged = deps.logged?.() ?? {};
      return {
        requests: requests.total(),
        errors: errors.total(),
        logErrors: (logged.error ?? 0) + (logged.fatal ?? 0),
        logWarnings: logged.warn ?? 0,
        authFailures: authFailures.total(),
        latency: durations.counts(),
        tokens: tokens.total(),
        costUsd: cost.total(),
        terminalBytes: terminalBytes.total(),
        databaseSeconds: databaseSeconds.sum,
      };
    },
  };
}

export type Sums = ReturnType<Meters['sums']>;

/** Calls that say something to a worker. */
function givesPrompt(name: string, input: unknown): boolean {
  if (name === 'workers.send') return true;
  if (name !== 'workers.spawn' && name !== 'workers.resume' && name !== 'contexts.start') return false;
  const prompt = typeof input === 'object' && input !== null && 'prompt' in input ? input.prompt : undefined;
  return typeof prompt === 'string' && prompt.trim() !== '';
}
