import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** How much of a limit is left. */
export interface Take {
  ok: boolean;
  limit: number;
  remaining: number;
  windowMs: number;
  resetMs: number;
}

/** A limit of so many in a window, for each key on its own. In memory: a restart forgets it. */
export function createLimit(max: number, windowMs: number) {
  const limiter = new RateLimiterMemory({ points: max, duration: windowMs / 1000 });

  function takeOf(result: RateLimiterRes, ok: boolean): Take {
    return { ok, limit: max, remaining: Math.max(0, result.remainingPoints), windowMs, resetMs: result.msBeforeNext };
  }

  return {
    /** Takes one. */
    async take(key: string): Promise<Take> {
      try {
        return takeOf(await limiter.consume(key), true);
      } catch (result) {
        if (result instanceof RateLimiterRes) return takeOf(result, false);
        throw result;
      }
    },
    /** What is left, without taking; undefined when nothing was taken yet. */
    async look(key: string): Promise<Take | undefined> {
      const result = await limiter.get(key);
      return result ? takeOf(result, result.remainingPoints > 0) : undefined;
    },
    /** Refuses a key for so long, whatever it has left. */
    block: async (key: string, forMs: number) => void (await limiter.block(key, forMs / 1000)),
  };
}

export type Limit = ReturnType<typeof createLimit>;

/** The one with the least left: the one that a client has to mind. */
export function tightest(takes: readonly Take[]): Take | undefined {
  return takes.reduce<Take | undefined>(
    (least, take) => (least === undefined || !take.ok || (least.ok && take.remaining < least.remaining) ? take : least),
    undefined,
  );
}

/** The standard headers of a limit (RateLimit, draft 6 and 7), with `Retry-After` when it is reached. */
export function limitHeaders(take: Take | undefined): Record<string, string> {
  if (!take) return {};
  const reset = String(Math.ceil(take.resetMs / 1000));
  return {
    'ratelimit-policy': `${take.limit};w=${Math.ceil(take.windowMs / 1000)}`,
    'ratelimit-limit': String(take.limit),
    'ratelimit-remaining': String(take.remaining),
    'ratelimit-reset': reset,
    ...(take.ok ? {} : { 'retry-after': String(Math.max(1, Number(reset))) }),
  };
}
