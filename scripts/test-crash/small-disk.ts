import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';

/** A disk of its own in memory, as small as one likes; not mounted where this machine does not let us. */
export interface SmallDisk {
  folder: string;
  mounted: boolean;
  problem: string;
  readOnly(): Promise<void>;
  close(): Promise<void>;
}

export async function mountSmallDisk(sizeMib: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'control-room-disk-'));
  const mount = (...args: string[]) => runCommand('mount', args);
  const { code, output } = await mount('-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', folder);
  const mounted = code === 0;
  return {
    folder,
    mounted,
    problem: mounted ? '' : `no disk can be mounted (${output.trim() || 'no mount program'}): run it as root`,
    async readOnly() {
      const made = await mount('-o', 'remount,ro', folder);
      if (made.code !== 0) throw new Error(made.output);
    },
    async close() {
      // Whoever was killed a moment ago may still hold it.
      for (let tries = 0; mounted && tries < 100; tries += 1) {
        if ((await runCommand('umount', [folder])).code === 0) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
