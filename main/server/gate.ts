import type { IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '../../shared/errors.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Identity, Orchestrator } from '../orchestrator/index.ts';
import { countedAs, isThisMachine, isWithin, type Origin, originOf, parseNetworks } from './client-address.ts';
import { createLimit, type Limit, limitHeaders, type Take, tightest } from './limits.ts';
import { refuseForeign } from './origin-check.ts';

/** Requests of another machine in a window unless the settings say otherwise. */
const defaultMax = 100;
/** All addresses together have so many times what one has. */
const globalTimes = 20;
/** Pages and links, which need no credential: a page loads some thirty files. */
const visitTimes = 10;

/** Wrong credentials of one address before it is locked out. */
const mostFailures = 10;
const failureWindowMs = 5 * 60_000;
const firstLockMs = 60_000;
const longestLockMs = 15 * 60_000;
const locksRememberedMs = 24 * 60 * 60_000;
/** From this failure on each answer comes later than the one before. */
const slowFrom = 4;
const slowestMs = 1000;

/** Calls that make or use credentials: few are ever needed, whoever asks. */
const routeLimits = [
  { path: /^\/api\/(auth\/(token|refresh|secret|local-token)|devices\/(claim|pairings))/, max: 60 },
  { path: /^\/api\/admin\/keys/, max: 120 },
] as const;

/** One refusal of an address for being in no allowed network is written down in so long. */
const refusalNotedEveryMs = 10 * 60_000;

export type Admission =
  | { identity: Identity; headers: Record<string, string> }
  | { error: AppError; headers: Record<string, string> };

export type Gate = ReturnType<typeof createGate>;

/**
 * Who comes in: by network, by name and origin, by credential, and how often. Real users are never locked out by others:
 * limits and locks count by address, and one that is locked still gets in with a credential that nobody could have guessed.
 */
export function createGate(deps: {
  access: Orchestrator['access'];
  settings: () => Settings;
  /** Is told of every refusal for being too many, and by which limit. */
  rateLimited: (limit: string) => void;
  now: () => number;
}) {
  const { access } = deps;
  const failures = createLimit(mostFailures, failureWindowMs);
  const locks = createLimit(1000, locksRememberedMs);
  const refusals = createLimit(1, refusalNotedEveryMs);
  let rules = rulesOf(deps.settings());

  function present(): Rules {
    const settings = deps.settings();
    if (settings !== rules.settings) rules = rulesOf(settings, rules);
    return rules;
  }

  /** Notes a wrong credential; gives how many that makes. */
  async function noteFailure(address: string): Promise<number> {
    const key = countedAs(address);
    const { remaining, ok } = await failures.take(key);
    const count = ok ? mostFailures - remaining : mostFailures + 1;
    if (count <= mostFailures)
      access.noteRefused({ from: address, outcome: 'UNAUTHORIZED', details: { wrongCredentials: count } });
    if (count === mostFailures) {
      const { limit, remaining: left } = await locks.take(key);
      const forMs = Math.min(longestLockMs, firstLockMs * 2 ** (limit - left - 1));
      await failures.block(key, forMs);
      access.noteRefused({ from: address, outcome: 'TOO_MANY_REQUESTS', details: { lockedForSeconds: forMs / 1000 } });
    }
    return count;
  }

  function isAllowed(from: Origin): boolean {
    return isThisMachine(from) || isWithin(from.address, present().networks);
  }

  function tooMany(take: Take, message: string, limit: string): Admission {
    deps.rateLimited(limit);
    return { error: new AppError('TOO_MANY_REQUESTS', message), headers: limitHeaders({ ...take, ok: false }) };
  }

  return {
    /** Where a request comes from. */
    originOf: (request: IncomingMessage) => originOf(request, present().proxies),
    isAllowed,
    corsOrigins: () => present().settings.corsOrigins,
    /** What no credential could mend: a network that is not allowed, a foreign page. */
    async refuseStranger(request: IncomingMessage, from: Origin): Promise<AppError | undefined> {
      const { settings } = present();
      if (!isAllowed(from)) {
        if ((await refusals.take(countedAs(from.address))).ok)
          access.noteRefused({
            from: from.address,
            outcome: 'FORBIDDEN',
            details: { reason: 'not in an allowed network' },
          });
        return new AppError('FORBIDDEN', 'Refused.');
      }
      const foreign = refuseForeign(request.headers, from, settings);
      if (!foreign) return undefined;
      return isThisMachine(from) ? foreign : new AppError('FORBIDDEN', 'Refused.');
    },
    /** Counts a visit that needs no credential: a file of the page, a link. */
    async visit(from: Origin): Promise<Admission | undefined> {
      const { visits } = present().limits;
      if (!visits || isThisMachine(from)) return undefined;
      const take = await visits.take(countedAs(from.address));
      return take.ok ? undefined : tooMany(take, 'Too many requests. Try again later.', 'visit');
    },
    /** Lets a request in by its credential, or says why not. */
    async admit(from: Origin, credential: string | undefined, path: string): Promise<Admission> {
      const { limits, settings } = present();
      const { address: limit, all, keys, routes } = limits;
      const { address } = from;
      const key = countedAs(address);
      const here = isThisMachine(from);
      if (credential === undefined) {
        const take = counted(here, settings) ? await limit?.take(key) : undefined;
        if (take && !take.ok) return tooMany(take, 'Too many requests. Try again later.', 'address');
        return { error: noCredential(here), headers: limitHeaders(take) };
      }
      const lock = await failures.look(key);
      const locked = lock !== undefined && !lock.ok;
      const identity = await access.identify(credential, address, locked);
      if (!identity) {
        if (locked) return tooMany(lock, 'Too many wrong credentials. Try again later.', 'lock');
        const count = await noteFailure(address);
        if (count > mostFailures) {
          const now = await failures.look(key);
          if (now) return tooMany(now, 'Too many wrong credentials. Try again later.', 'lock');
        }
        if (count >= slowFrom) await pause(Math.min(slowestMs, 50 * 2 ** (count - slowFrom)));
        return { error: noCredential(here), headers: {} };
      }
      const takes: Take[] = [];
      const own = identity.rateLimit;
      if (own !== null) takes.push(await keys(own).take(identity.credentialId));
      if (limit && counted(here, settings)) {
        takes.push(await limit.take(key));
        if (all) takes.push(await all.take('all'));
        for (const { path: pattern, limit: routeLimit } of routes)
          if (pattern.test(path)) takes.push(await routeLimit.take(key));
      }
      const least = tightest(takes);
      if (least && !least.ok)
        return tooMany(
          least,
          `More than ${least.limit} requests. Try again later.`,
          least === takes[0] && own !== null ? 'key' : 'address',
        );
      return { identity, headers: limitHeaders(least) };
    },
  };
}

interface Rules {
  settings: Settings;
  proxies: ReturnType<typeof parseNetworks>;
  networks: ReturnType<typeof parseNetworks>;
  limits: Limits;
}

/** Undefined ones do not limit. */
interface Limits {
  address?: Limit;
  all?: Limit;
  visits?: Limit;
  routes: { path: RegExp; limit: Limit }[];
  /** The limit of keys that have so many requests a minute. */
  keys: (perMinute: number) => Limit;
}

/** What settings ask for; limits go on counting where nothing about them changed. */
function rulesOf(settings: Settings, before?: Rules): Rules {
  const same =
    before?.settings.rateLimitMax === settings.rateLimitMax &&
    before.settings.rateLimitWindowMs === settings.rateLimitWindowMs;
  return {
    settings,
    proxies: parseNetworks(settings.trustedProxies),
    networks: parseNetworks(settings.allowlist),
    limits: same ? before.limits : limitsOf(settings),
  };
}

function limitsOf({ rateLimitMax, rateLimitWindowMs: windowMs }: Settings): Limits {
  const max = rateLimitMax ?? defaultMax;
  const own = new Map<number, Limit>();
  function keys(perMinute: number): Limit {
    const known = own.get(perMinute) ?? createLimit(perMinute, 60_000);
    own.set(perMinute, known);
    return known;
  }
  if (max === 0) return { routes: [], keys };
  return {
    address: createLimit(max, windowMs),
    all: createLimit(max * globalTimes, windowMs),
    visits: createLimit(max * visitTimes, windowMs),
    routes: routeLimits.map(({ path, max: most }) => ({ path, limit: createLimit(most, windowMs) })),
    keys,
  };
}

/** The user's own programs on this machine are not counted unless that was asked for. */
function counted(here: boolean, { rateLimitMax }: Settings): boolean {
  return !here || rateLimitMax !== null;
}

function noCredential(here: boolean): AppError {
  return new AppError(
    'UNAUTHORIZED',
    here
      ? 'No valid credential. Send "Authorization: Bearer <token>"; the token stands in the address that was printed at the start, and in the file "token" of the data folder.'
      : 'No valid credential.',
  );
}
