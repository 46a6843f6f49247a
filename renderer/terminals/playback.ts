import type { Recording } from '../../shared/terminals.ts';

/** A pause longer than this is silence; with silence skipped, this much of it is left. */
export const silenceMs = 1000;

/**
 * Where a recording is at each moment. `shown` time is what the time line counts: the recorded one, or the same without its
 * silences.
 */
export interface Timeline {
  durationMs: number;
  /** The offset that is on the screen at a shown time. */
  offsetAt(shownMs: number): number;
  /** The shown time at which a recorded time comes. */
  shownAt(recordedMs: number): number;
  /** The recorded time at a shown one. */
  recordedAt(shownMs: number): number;
}

/** The time line of a recording, with its silences or without. */
export function timelineOf(
  recording: Pick<Recording, 'marks' | 'durationMs' | 'start'>,
  skipSilence: boolean,
): Timeline {
  const points: { recorded: number; shown: number; offset: number }[] = [];
  let shown = 0;
  let before = 0;
  for (const [recorded, offset] of recording.marks) {
    const pause = Math.max(0, recorded - before);
    shown += skipSilence ? Math.min(pause, silenceMs) : pause;
    before = Math.max(before, recorded);
    points.push({ recorded: before, shown, offset });
  }
  const find = (by: 'shown' | 'recorded', value: number): number => {
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((points[middle]?.[by] ?? 0) <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  return {
    durationMs: points.at(-1)?.shown ?? 0,
    offsetAt: (shownMs) => points[find('shown', shownMs)]?.offset ?? recording.start,
    shownAt(recordedMs) {
      const index = find('recorded', recordedMs);
      const point = points[index];
      const next = points[index + 1];
      const from = point ?? { recorded: 0, shown: 0 };
      return Math.min(from.shown + Math.max(0, recordedMs - from.recorded), next?.shown ?? from.shown);
    },
    recordedAt(shownMs) {
      const point = points[find('shown', shownMs)] ?? { recorded: 0, shown: 0 };
      return point.recorded + (shownMs - point.shown);
    },
  };
}

/** "0:07", "12:31", "1:02:03". */
export function playTime(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${hours > 0 ? two(Math.floor((seconds % 3600) / 60)) : Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** How much was written along the time line, in `columns` equal parts, each 0 to 1: where something happened. */
export function activityOf(
  recording: Pick<Recording, 'marks' | 'start'>,
  timeline: Timeline,
  columns: number,
): number[] {
  const sums = new Array<number>(columns).fill(0);
  let before = recording.start;
  for (const [recorded, offset] of recording.marks) {
    const at = timeline.durationMs > 0 ? timeline.shownAt(recorded) / timeline.durationMs : 0;
    const column = Math.min(columns - 1, Math.floor(at * columns));
    sums[column] = (sums[column] ?? 0) + Math.max(0, offset - before);
    before = Math.max(before, offset);
  }
  const most = Math.log1p(Math.max(1, ...sums));
  return sums.map((sum) => Math.log1p(sum) / most);
}
