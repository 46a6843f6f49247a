const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration in at most two units: "8 s", "1 m 52 s" (under ten minutes), "21 m", "1 h 04 m", "3 d". */
export function duration(ms: number, precise = false): string {
  const whole = Math.max(0, ms);
  if (whole < second) return precise && whole > 0 ? `${Math.round(whole)} ms` : 'now';
  if (whole < minute) {
    return precise && whole < 10 * second ? `${(whole / second).toFixed(1)} s` : `${Math.floor(whole / second)} s`;
  }
  if (whole < hour) {
    const minutes = Math.floor(whole / minute);
    const seconds = Math.floor((whole % minute) / second);
    return precise && whole < 10 * minute ? `${minutes} m ${String(seconds).padStart(2, '0')} s` : `${minutes} m`;
  }
  if (whole < day) {
    const hours = Math.floor(whole / hour);
    return `${hours} h ${String(Math.floor((whole % hour) / minute)).padStart(2, '0')} m`;
  }
  return `${Math.floor(whole / day)} d`;
}

/** Dollars to the cent; under half a cent says so instead of lying with zero. */
export function money(usd: number): string {
  if (usd > 0 && usd < 0.005) return '< $0.01';
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** A count of tokens: "812", "48.2 k", "6.42 M", "1.26 G". */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${trim(count / 1000, count < 100_000 ? 1 : 0)} k`;
  if (count < 999_500_000) return `${trim(count / 1e6, count < 100_000_000 ? 2 : 0)} M`;
  return `${trim(count / 1e9, 2)} G`;
}

function trim(value: number, digits: number): string {
  return value.toFixed(digits);
}

/** The clock time, with the day when it is not today. */
export function clockTime(at: number, now = Date.now()): string {
  const time = new Date(at);
  const hhmm = `${String(time.getHours()).padStart(2, '0')}:${String(time.getMinutes()).padStart(2, '0')}`;
  if (new Date(now).toDateString() === time.toDateString()) return hhmm;
  return `${time.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })}, ${hhmm}`;
}

/** The exact moment, for hovering over a relative one. */
export function exactTime(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** A size in at most three figures: "812 B", "48 kB", "1.2 GB". */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** "1 file", "7 files". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** "1st", "2nd", "11th". */
export function ordinal(count: number): string {
  const tens = count % 100;
  const suffix = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${suffix}`;
}

/** Midnight of the day of a moment, on this machine's clock. */
export function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
