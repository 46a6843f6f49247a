// Electron's own start page, `default_app.asar`, loads the app whose folder is its first argument, after the modules given
// with -r (Playwright gives one). The prepared Electron has none, so this does the same. The top-level await makes Electron
// wait for the app's code before it is "ready".
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

function readArguments() {
  const modules = [];
  let folder;
  const rest = process.argv.slice(1);
  for (let index = 0; index < rest.length && folder === undefined; index += 1) {
    if (rest[index] === '-r' || rest[index] === '--require') modules.push(rest[++index]);
    else if (!rest[index].startsWith('-')) folder = rest[index];
  }
  return { modules, folder };
}

const { modules, folder } = readArguments();
if (folder === undefined) {
  process.stderr.write('usage: electron [-r MODULE] FOLDER [arguments]\n');
  app.exit(2);
} else {
  const path = resolve(folder);
  const manifest = JSON.parse(readFileSync(resolve(path, 'package.json'), 'utf8'));
  process.defaultApp = true;
  app.name = manifest.productName ?? manifest.name ?? app.name;
  if (manifest.version) app.setVersion(manifest.version);
  app.setAppPath(path);
  for (const module of modules) createRequire(import.meta.url)(resolve(module));
  await import(pathToFileURL(resolve(path, manifest.main ?? 'index.js')).href);
}
