import { loadavg } from 'node:os';

/** What else the machine had to do, to be read beside the figures. */
export function reportLoad(): void {
  console.error(
    `load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`,
  );
}
