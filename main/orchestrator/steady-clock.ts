/** A step of the system's clock up to this far ahead is taken at once: a machine that slept. */
const sleepMs = 24 * 60 * 60_000;
/** Back by no more than this, the clock was only set right: time stands still until it has caught up. */
const correctionMs = 2000;
/** A clock that was set far ahead, or back, is believed when it has stood so for this long. */
const believedAfterMs = 10 * 60_000;

/**
 * Gives the time as the system's clock does, but neither back nor far ahead at once: what waits for a moment does not come
 * early, ages are never negative, and nothing is removed as old because the clock was wrong for a while. A clock that
 * stays where it was set is believed after ten minutes.
 */
export function createSteadyClock(
  system: { wall(): number; elapsedMs(): number } = { wall: Date.now, elapsedMs: () => performance.now() },
): () => number {
  let last = system.wall();
  let lastElapsed = system.elapsedMs();
  /** Since when the system's clock is somewhere else. */
  let awaySince: number | null = null;

  return () => {
    const wall = system.wall();
    const elapsed = system.elapsedMs();
    const steady = last + (elapsed - lastElapsed);
    const ahead = wall - steady;
    lastElapsed = elapsed;
    if (wall >= last && ahead <= sleepMs) {
      awaySince = null;
      last = wall;
    } else if (wall < last && last - wall <= correctionMs) {
      awaySince = null;
    } else {
      awaySince ??= elapsed;
      const isBelieved = elapsed - awaySince >= believedAfterMs;
      if (isBelieved) awaySince = null;
      last = isBelieved ? wall : steady;
    }
    return Math.round(last);
  };
}
