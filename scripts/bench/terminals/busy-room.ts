import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Terminal } from '../../../shared/terminals.ts';
import type { Room } from '../../room.ts';
import { fillClaudeFolder } from '../transcripts.ts';
import { connectViewer, createTerminal } from './sides.ts';

const clients = 100;
const chattyTerminals = 8;
const sessions = 400;
const messagesOfSession = 1000;
/** A session of 0.6 MB comes this often: more than is indexed meanwhile beside all the rest. */
const sessionEveryMs = 100;

/** Prints 5 kB a second in bursts. */
const chatter = `exec '${process.execPath}' -e "setInterval(()=>process.stdout.write('the tests of the day pass again '.repeat(16)),100)"`;

/** What P6 has going on beside the keys. */
export interface BusyRoom {
  /** What was done so far, in words. */
  facts(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Keeps a Control Room and its machine busy: a hundred clients that watch eight terminals, transcripts that come and are
 * indexed, and an online backup of a database of `mib` MiB in a thread of this process, for the app takes none by itself.
 */
export async function keepBusy(room: Room, folder: string, mib: number): Promise<BusyRoom> {
  const staged = join(folder, 'staged');
  await fillClaudeFolder(staged, sessions * messagesOfSession);
  const files = (await readdir(join(staged, 'projects'), { recursive: true })).filter((file) =>
    file.endsWith('.jsonl'),
  );
  const target = join(room.home.environment.CLAUDE_CONFIG_DIR ?? '', 'projects', '-work-busy');
  await mkdir(target, { recursive: true });

  const backups: number[] = [];
  let failed: Error | undefined;
  const thread = new Worker(new URL('./backup-thread.ts', import.meta.url), { workerData: { folder, mib } });
  await new Promise<void>((resolve, reject) => {
    thread.on('error', (error: Error) => {
      failed = error;
      reject(error);
    });
    thread.on('message', (said: 'ready' | number) => {
      if (said === 'ready') resolve();
      else backups.push(said);
    });
  });

  const terminals: Terminal[] = [];
  for (let number = 0; number < chattyTerminals; number += 1) terminals.push(await createTerminal(room));
  const viewers: Awaited<ReturnType<typeof connectViewer>>[] = [];
  let seenBytes = 0;
  for (let number = 0; number < clients; number += 1) {
    const { id } = terminals[number % chattyTerminals] as Terminal;
    const viewer = await connectViewer(room);
    viewer.onFrame((frame) => {
      if (frame.kind !== 'output') return;
      seenBytes += frame.bytes.length;
      viewer.send({ kind: 'ack', terminalId: id, offset: frame.offset + frame.bytes.length });
    });
    viewer.send({ kind: 'attach', terminalId: id, from: 0, whole: false, watch: number >= chattyTerminals });
    viewers.push(viewer);
  }
  for (const [number, { id }] of terminals.entries())
    viewers[number]?.send({ kind: 'input', terminalId: id, bytes: Buffer.from(`${chatter}\n`) });

  let come = 0;
  const coming = setInterval(() => {
    const file = files[come];
    if (file === undefined) return;
    come += 1;
    rename(join(staged, 'projects', file), join(target, `${come}.jsonl`)).catch((error: Error) => {
      failed = error;
    });
  }, sessionEveryMs);

  return {
    async facts() {
      if (failed) throw failed;
      const index = await room.call<{ records: number; state: string }>('GET', '/api/sessions/index');
      const left = files.length - come;
      return `${backups.length} backups of ${mib} MiB, ${index.records} records indexed (${index.state}, ${left} sessions to come), ${clients} clients with ${(seenBytes / 1e6).toFixed(1)} MB`;
    },
    async close() {
      clearInterval(coming);
      await thread.terminate();
      for (const { socket } of viewers) socket.terminate();
      for (const { id } of terminals) await room.call('DELETE', `/api/terminals/${id}`);
    },
  };
}
