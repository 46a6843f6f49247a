import { spawn } from 'node-pty';
import { readyMark } from './bench-shell.ts';

/*
 * The other reference: node-pty read in its own process and thrown away. `node raw-read.ts SHELL BYTES COMMAND`; prints the
 * milliseconds from the command to its last byte.
 */
const [shell = '', bytes = '', command = ''] = process.argv.slice(2);
const terminal = spawn(shell, [], { cols: 120, rows: 36, encoding: null });
let count = 0;
let startedAt = 0;
terminal.onData((data) => {
  const piece = data as unknown as Buffer;
  if (startedAt === 0) {
    if (!piece.toString().includes(readyMark)) return;
    startedAt = performance.now();
    terminal.write(`${command}\n`);
    return;
  }
  count += piece.length;
  if (count >= Number(bytes)) {
    console.log(performance.now() - startedAt);
    terminal.kill('SIGKILL');
    process.exit(0);
  }
});
terminal.onExit(() => {
  console.error(`only ${count} of ${bytes} bytes came`);
  process.exit(1);
});
