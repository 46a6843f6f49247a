import Database from 'better-sqlite3';
import { WebSocketServer } from 'ws';

/*
 * The reference of the broadcast benchmark: what one connection says goes to every connection, by ws alone, kept nowhere.
 * `node broadcast-reference.ts [FILE]` prints its port; with a file each message is first kept in an SQLite database there, as
 * durably as ours are.
 */
const [file] = process.argv.slice(2);
function insertInto(path: string): (text: Buffer) => void {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('CREATE TABLE events (seq INTEGER PRIMARY KEY, body TEXT)');
  const insert = database.prepare('INSERT INTO events (body) VALUES (?)');
  return (text) => void insert.run(text.toString());
}
const keep = file === undefined ? () => undefined : insertInto(file);
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    keep(data);
    for (const client of server.clients) client.send(data, { binary: false });
  });
});
server.on('listening', () => console.log((server.address() as { port: number }).port));
process.stdin.on('end', () => process.exit(0)).resume();
