import { spawn } from 'node-pty';
import { WebSocketServer } from 'ws';

/*
 * The reference of the terminal benchmarks: node-pty and ws in one process, nothing recorded, nothing acknowledged. Each
 * connection is a terminal of its own. `node relay.ts SHELL`; prints its port.
 */
const [shell = ''] = process.argv.slice(2);
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  const terminal = spawn(shell, [], { cols: 120, rows: 36, encoding: null });
  terminal.onData((data) => socket.send(data));
  terminal.onExit(() => socket.close());
  socket.on('message', (data: Buffer) => terminal.write(data));
  socket.on('close', () => terminal.kill('SIGKILL'));
});
server.on('listening', () => console.log((server.address() as { port: number }).port));
process.stdin.on('end', () => process.exit(0)).resume();
