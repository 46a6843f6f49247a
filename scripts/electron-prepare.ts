import { prepareElectron } from './electron/prepare-electron.ts';

try {
  const electron = await prepareElectron((line) => console.log(line));
  console.log(`Electron ${electron.version} is ready: ${electron.executablePath}`);
} catch (error) {
  console.error(`electron:prepare: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
