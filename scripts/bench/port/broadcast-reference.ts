import { WebSocketServer } from 'ws';

/*
 * The reference of the broadcast benchmark: what one connection says goes to every connection, by ws alone, kept nowhere.
 * `node broadcast-reference.ts`; prints its port.
 */
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    for (const client of server.clients) client.send(data, { binary: false });
  });
});
server.on('listening', () => console.log((server.address() as { port: number }).port));
process.stdin.on('end', () => process.exit(0)).resume();
