import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { repositoryFolder } from '../../repository-folder.ts';

/** A page of nothing but live xterms over the relay, one for each line of commands it is given. */
export interface BareWall {
  address: string;
  close(): Promise<void>;
}

/** `relayPort`: where the relay listens on loopback. The page takes its commands as JSON in the fragment. */
export async function serveBareWall(relayPort: number): Promise<BareWall> {
  const xterm = join(repositoryFolder, 'node_modules', '@xterm', 'xterm');
  const files: Record<string, { type: string; text: string }> = {
    '/xterm.js': { type: 'text/javascript', text: await readFile(join(xterm, 'lib', 'xterm.js'), 'utf8') },
    '/xterm.css': { type: 'text/css', text: await readFile(join(xterm, 'css', 'xterm.css'), 'utf8') },
    '/': { type: 'text/html', text: page(relayPort) },
  };
  const server = createServer((request, response) => {
    const file = files[request.url ?? ''];
    response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' });
    response.end(file?.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const page = (relayPort: number) => `<!doctype html><meta charset="utf-8"><title>wall</title>
<link rel="stylesheet" href="/xterm.css">
<style>body { margin: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(380px, 1fr)); gap: 8px }
article { height: 220px; overflow: hidden }</style>
<body><script src="/xterm.js"></script>
<script>
for (const command of JSON.parse(decodeURIComponent(location.hash.slice(1)))) {
  const tile = document.body.appendChild(document.createElement('article'));
  const terminal = new Terminal({ cols: 120, rows: 36, fontSize: 12 });
  terminal.open(tile);
  const socket = new WebSocket('ws://127.0.0.1:${relayPort}');
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => socket.send(command + '\\n');
  socket.onmessage = ({ data }) => terminal.write(new Uint8Array(data));
  terminal.onData((data) => socket.send(data));
}
</script>`;
