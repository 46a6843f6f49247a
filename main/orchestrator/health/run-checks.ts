import type { DoctorFinding, DoctorGroup, DoctorProgress } from '../../../shared/doctor.ts';

/** No look takes longer than this. */
const limitMs = 8000;

/** What a look found. */
export type Found = Pick<DoctorFinding, 'state' | 'detail'> & Partial<Pick<DoctorFinding, 'fix' | 'actions'>>;

/** One thing to look at. */
export interface DoctorLook {
  id: string;
  title: string;
  group: DoctorGroup;
  /** Has to end soon when the signal is aborted; what it throws is what it found. */
  look(signal: AbortSignal): Promise<Found> | Found;
}

/**
 * Looks at everything side by side and tells what is found as it is found, the slowest after 8 s at most. One that does not
 * answer, or breaks, is a finding and holds nothing else up. Ends early when `signal` is aborted.
 */
export async function* runChecks(
  looks: readonly DoctorLook[],
  options: {
    now: () => number;
    signal?: AbortSignal | undefined;
    withinMs?: number;
    /** What somebody else finds meanwhile. */
    further?: Promise<DoctorFinding[]> | undefined;
  },
): AsyncGenerator<DoctorProgress, void, void> {
  const { now, signal, withinMs = limitMs } = options;
  const found: DoctorFinding[] = [];
  let left = looks.length + 1;
  let wake: () => void = () => undefined;
  const cancel = new AbortController();
  const onAbort = (): void => {
    cancel.abort();
    wake();
  };
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) cancel.abort();
  for (const look of looks)
    void findingOf(look, cancel.signal, { now, withinMs }).then((finding) => {
      found.push(finding);
      left -= 1;
      wake();
    });
  void (options.further ?? Promise.resolve([]))
    .catch(() => [])
    .then((more) => {
      found.push(...more);
      left -= 1;
      wake();
    });
  try {
    yield { type: 'begins', checks: looks.map(({ id, title, group }) => ({ id, title, group })) };
    while (!signal?.aborted) {
      const finding = found.shift();
      if (finding) yield { type: 'found', finding };
      else if (left === 0) break;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    if (!signal?.aborted) yield { type: 'ends', at: now() };
  } finally {
    signal?.removeEventListener('abort', onAbort);
    cancel.abort();
  }
}

async function findingOf(
  { id, title, group, look }: DoctorLook,
  signal: AbortSignal,
  { now, withinMs }: { now: () => number; withinMs: number },
): Promise<DoctorFinding> {
  const begunAt = now();
  const limit = AbortSignal.timeout(withinMs);
  const either = AbortSignal.any([signal, limit]);
  const cut = new Promise<Found>((resolve) => {
    const end = (): void =>
      resolve({
        state: 'warning',
        detail: limit.aborted ? `no answer within ${withinMs / 1000} s` : 'not looked at to the end',
        fix: 'Look again; if it stays so, the machine is very busy or a disk or network folder hangs.',
      });
    if (either.aborted) end();
    else either.addEventListener('abort', end, { once: true });
  });
  const found = await Promise.race([
    cut,
    Promise.resolve()
      .then(() => look(either))
      .catch(
        (error: unknown): Found => ({
          state: 'warning',
          detail: `it could not be looked at: ${error instanceof Error ? error.message : String(error)}`,
        }),
      ),
  ]);
  return { id, title, group, fix: null, actions: [], ...found, tookMs: now() - begunAt };
}
