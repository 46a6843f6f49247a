import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const answerWithinMs = 3000;

/**
 * Which program listens on a TCP port, as "node (process 4711)"; undefined where the operating system does not tell, as of
 * other users' programs.
 */
export async function portHolder(port: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') return await linuxHolder(port);
    if (process.platform === 'win32') return await windowsHolder(port);
    const { stdout } = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { timeout: answerWithinMs });
    const pid = /^p(\d+)/m.exec(stdout)?.[1];
    return pid && `${/^c(.+)/m.exec(stdout)?.[1] ?? 'a program'} (process ${pid})`;
  } catch {
    // A message without a name is better than none.
    return undefined;
  }
}

async function linuxHolder(port: number): Promise<string | undefined> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      // 0A: listening.
      if (state === '0A' && local?.endsWith(`:${wanted}`) && inode) inodes.add(`socket:[${inode}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
      if (!inodes.has(target)) continue;
      return `${await linuxName(pid)} (process ${pid})`;
    }
  }
  return undefined;
}

/** "nginx", "node server.js": a program by its file, and a script by its own. */
async function linuxName(pid: string): Promise<string> {
  const [program = '', script = ''] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  const name = basename(program.replace(/[ :].*$/, '')) || 'a program';
  return /^(node|python|ruby|perl|deno|bun)/.test(name) && /^[^-]/.test(script) ? `${name} ${basename(script)}` : name;
}

async function windowsHolder(port: number): Promise<string | undefined> {
  const { stdout } = await run('netstat', ['-ano', '-p', 'TCP'], { timeout: answerWithinMs });
  const line = stdout.split('\n').find((text) => new RegExp(`:${port}\\s.*LISTENING`).test(text));
  const pid = line?.trim().split(/\s+/).at(-1);
  if (!pid) return undefined;
  const tasks = await run('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'], { timeout: answerWithinMs });
  return `${/^"([^"]+)"/.exec(tasks.stdout)?.[1] ?? 'a program'} (process ${pid})`;
}
