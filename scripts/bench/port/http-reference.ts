import { createServer } from 'node:http';
import express from 'express';

/*
 * The references of the HTTP benchmark: `node http-reference.ts bare|express TOKEN ANSWER` answers GET with that JSON, made
 * anew each time, to those who present the token; prints its port.
 */
const [kind, token = '', text = ''] = process.argv.slice(2);
const answer: unknown = JSON.parse(text);
const wanted = `Bearer ${token}`;

const bare = createServer((request, response) => {
  if (request.headers.authorization !== wanted) {
    response.writeHead(401).end();
    return;
  }
  const body = JSON.stringify(answer);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
});

const app = express();
app.use((request, response, next) => {
  if (request.headers.authorization === wanted) next();
  else response.sendStatus(401);
});
app.get('/api/workers', (_request, response) => void response.json(answer));

const server = kind === 'express' ? createServer(app) : bare;
server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));
process.stdin.on('end', () => process.exit(0)).resume();
