import { spawn } from 'node:child_process';
import { createServer } from 'vite';
import { exitCodeOf } from './program-child.ts';
import { repositoryFolder } from './repository-folder.ts';

/**
 * The program from source, started anew at every change (its workers go on in the host), and the page with hot reload
 * in front of it. Arguments go to the program.
 */

const port = 3848;
const target = `http://127.0.0.1:${port}`;
const program = spawn(
  process.execPath,
  [
    '--watch',
    '--watch-preserve-output',
    'main/headless.ts',
    'start',
    '--no-open',
    '--port',
    String(port),
    ...process.argv.slice(2),
  ],
  { cwd: repositoryFolder, stdio: ['inherit', 'pipe', 'inherit'] },
);
// The program takes requests from its own origin alone, and in front of it stands Vite's.
const proxy = { target, changeOrigin: true, headers: { origin: target } };
const server = await createServer({
  configFile: `${repositoryFolder}/vite.config.ts`,
  server: { host: '127.0.0.1', port: 5173, proxy: { '/api': proxy, '/health': proxy, '/ws': { ...proxy, ws: true } } },
});
await server.listen();
const page = server.resolvedUrls?.local[0] ?? '';
program.stdout.on('data', (data: Buffer) => {
  process.stdout.write(data.toString().replaceAll(`${target}/`, page));
});
const code = await exitCodeOf(program);
await server.close();
process.exitCode = code;
