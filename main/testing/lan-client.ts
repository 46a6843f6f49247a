import { request } from 'node:http';
import { WebSocket } from 'ws';

/*
 * A client elsewhere: `node lan-client.ts ADDRESS JSON` makes each exchange of the list ({ method, path, localAddress,
 * headers, protocols }) and prints the answers as JSON. With `protocols` it opens a WebSocket and says what came of it.
 */
interface Exchange {
  method?: string;
  path: string;
  localAddress: string;
  headers?: Record<string, string>;
  protocols?: string[];
}

export interface LanAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

const [address = '', list = '[]'] = process.argv.slice(2);

function exchange({ method = 'GET', path, localAddress, headers }: Exchange): Promise<LanAnswer> {
  return new Promise((resolve, reject) => {
    request(`${address}${path}`, { method, localAddress, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => {
        text += data;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    })
      .on('error', reject)
      .end();
  });
}

function openSocket({ path, localAddress, protocols }: Exchange): Promise<LanAnswer> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${address.replace('http', 'ws')}${path}`, protocols, { localAddress });
    socket.once('error', reject);
    socket.once('open', () => {
      socket.terminate();
      resolve({ status: 101, headers: {}, text: '' });
    });
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (data: Buffer) => {
        text += data;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
  });
}

const answers: LanAnswer[] = [];
for (const one of JSON.parse(list) as Exchange[]) answers.push(await (one.protocols ? openSocket(one) : exchange(one)));
process.stdout.write(JSON.stringify(answers));
