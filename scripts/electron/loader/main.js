// Electron's own start page, `default_app.asar`, loads the app whose folder is its first argument. The prepared Electron
// has none, so this does the same. The top-level await makes Electron wait for the app's code before it is "ready".
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

const folder = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (folder === undefined) {
  process.stderr.write('usage: electron FOLDER [arguments]\n');
  app.exit(2);
} else {
  const path = resolve(folder);
  const manifest = JSON.parse(readFileSync(resolve(path, 'package.json'), 'utf8'));
  process.defaultApp = true;
  app.name = manifest.productName ?? manifest.name ?? app.name;
  if (manifest.version) app.setVersion(manifest.version);
  app.setAppPath(path);
  await import(pathToFileURL(resolve(path, manifest.main ?? 'index.js')).href);
}
