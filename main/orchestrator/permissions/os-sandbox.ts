import { execFile } from 'node:child_process';

export interface OsSandbox {
  available: boolean;
  /** What is missing and what to do about it; null when it is available. */
  problem: string | null;
}

/** Finds out, once, whether programs that workers run can be shut off from network and files by the operating system. */
export function createOsSandbox(deps: { environment: NodeJS.ProcessEnv; platform?: NodeJS.Platform }) {
  const platform = deps.platform ?? process.platform;
  let looking: Promise<OsSandbox> | undefined;

  function ends(file: string, args: string[]): Promise<{ ok: boolean; missing: boolean; said: string }> {
    return new Promise((resolve) => {
      execFile(file, args, { env: deps.environment, timeout: 10_000 }, (error, _stdout, stderr) =>
        resolve({ ok: error === null, missing: error?.code === 'ENOENT', said: stderr.trim().slice(0, 300) }),
      );
    });
  }

  async function find(): Promise<OsSandbox> {
    // macOS has its own (seatbelt), which the CLI uses without any program to install.
    if (platform === 'darwin') return { available: true, problem: null };
    if (platform !== 'linux') {
      return { available: false, problem: 'There is no OS sandbox for programs on this system; use Linux or macOS.' };
    }
    const [bwrap, socat] = await Promise.all([
      // What the CLI asks of it: its own user, process and network namespaces with a read-only view of the machine.
      ends('bwrap', [
        '--ro-bind',
        '/',
        '/',
        '--unshare-net',
        '--unshare-pid',
        '--proc',
        '/proc',
        '--dev',
        '/dev',
        'true',
      ]),
      ends('socat', ['-V']),
    ]);
    const missing = [...(bwrap.missing ? ['bubblewrap'] : []), ...(socat.missing ? ['socat'] : [])];
    if (missing.length > 0) {
      return {
        available: false,
        problem: `${missing.join(' and ')} not installed: programs that workers run can reach the network. Install with: apt-get install ${missing.join(' ')} (or your system's package manager), then start Control Room again.`,
      };
    }
    if (!bwrap.ok) {
      return {
        available: false,
        problem: `bubblewrap is installed but cannot make a sandbox here (${bwrap.said || 'it gave no reason'}): programs that workers run can reach the network. Containers need user namespaces (for Docker: --security-opt seccomp=unconfined --security-opt apparmor=unconfined); Ubuntu 24.04 needs an AppArmor profile for bwrap.`,
      };
    }
    if (!socat.ok) {
      return {
        available: false,
        problem: `socat is installed but does not run (${socat.said || 'it gave no reason'}). Install it again: apt-get install --reinstall socat.`,
      };
    }
    return { available: true, problem: null };
  }

  return {
    /** What this machine can do; looked at once. */
    look(): Promise<OsSandbox> {
      looking ??= find();
      return looking;
    },
  };
}
