import { build, isBuilt } from './build.ts';
import { startDemoRoom } from './demo/demo-room.ts';
import { findElectron } from './electron/find-electron.ts';
import { askedToEnd } from './program-child.ts';
import { repositoryFolder } from './repository-folder.ts';

/**
 * A team at work without any account: opens the window, or with --headless (or without a display) prints the address.
 * Ends with Ctrl-C or with the window's quit, and leaves nothing behind.
 */

const display = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
const electron = process.argv.includes('--headless') || !display ? undefined : await findElectron();

if (!(await isBuilt())) {
  console.log('Building…');
  const problems = await build();
  if (problems) {
    console.error(problems);
    process.exit(1);
  }
}

const stopped = askedToEnd();
console.log('Setting up a temporary Control Room with a sample repository and a scripted model…');
// Electron needs to know the screen and nothing else of ours.
const screen = Object.fromEntries(
  ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'].flatMap((name) => {
    const value = process.env[name];
    return value ? [[name, value]] : [];
  }),
);
const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const room = await startDemoRoom(
  electron ? { program: { file: electron.executablePath, args: [...flags, repositoryFolder], env: screen } } : {},
);
console.log(`Open ${room.address}`);
console.log(electron ? 'The window shows the same. Quit it, or press Ctrl-C here, to end.' : 'Press Ctrl-C to end.');
const reason = await Promise.race([stopped, room.ended().then((code) => (code === 0 ? 'quit' : `end with ${code}`))]);
console.log(`Ending (${reason})…`);
await room.close();
console.log('Ended; nothing is left behind.');
process.exit(reason.startsWith('end with') ? 1 : 0);
