import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { repositoryFolder } from './repository-folder.ts';

const forwarded: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const parentLookMs = 500;

/**
 * Runs a program in this one's place: its streams are ours, the signals we get are passed on, and its end gives our exit
 * code. A terminal's Ctrl-C reaches the whole group by itself, so there it is not passed on a second time.
 */
export async function becomeProgram(file: string, args: string[], options: SpawnOptions = {}): Promise<number> {
  const child = spawn(file, args, { cwd: repositoryFolder, stdio: 'inherit', ...options });
  const stopForwarding = forwardSignals(child);
  try {
    return await exitCodeOf(child);
  } finally {
    stopForwarding();
  }
}

/**
 * Resolves with the reason to end: a signal, or the end of the program that started us. npm runs scripts in a shell, and
 * that shell dies of npm's SIGTERM without telling us, so our parent's number is looked at now and then.
 */
export function askedToEnd(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of forwarded) process.on(signal, () => resolve(signal));
    watchParent(() => resolve('the end of its starter'));
  });
}

function watchParent(onGone: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, parentLookMs);
  timer.unref();
  return () => clearInterval(timer);
}

function forwardSignals(child: ChildProcess): () => void {
  const pass = (signal: NodeJS.Signals) => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of forwarded) process.on(signal, pass);
  const stopWatching = watchParent(() => child.kill('SIGTERM'));
  return () => {
    stopWatching();
    for (const signal of forwarded) process.off(signal, pass);
  };
}

/** The exit code of a program once it has ended; 128 and the signal's number for one that a signal ended, as in a shell. */
export function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
