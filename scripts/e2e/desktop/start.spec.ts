import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { type Room, startRoom } from '../../room.ts';
import { createDesktopRoom, type DesktopRoom, quit } from './desktop-room.ts';

let room: DesktopRoom;

test.beforeEach(async () => {
  room = await createDesktopRoom();
});

test.afterEach(async () => {
  await room.close();
});

test('a data folder that another Control Room holds is named, and the start ends with 1', async () => {
  const other: Room = await startRoom();
  try {
    const { code, output } = await room.startAgain('--data-dir', other.dataDir);
    expect(code).toBe(1);
    expect(output).toMatch(
      /The data folder .* is in use by Control Room with process id \d+, at http:\/\/127\.0\.0\.1:\d+/,
    );
  } finally {
    await other.close();
  }
});

test('a port that is taken is named, and the start ends with 1', async () => {
  const other: Room = await startRoom();
  try {
    const { code, output } = await room.startAgain('--port', new URL(other.origin).port);
    expect(code).toBe(1);
    expect(output).toMatch(/is taken by .+ \(process \d+\)|is taken by another program/);
  } finally {
    await other.close();
  }
});

test('a wrong value and a configuration file that is broken are named', async () => {
  const wrong = await room.startAgain('--port', 'many');
  expect(wrong.code).toBe(1);
  expect(wrong.output).toContain('control-room: --port ("many") does not fit');
  await mkdir(room.dataDir, { recursive: true });
  await writeFile(join(room.dataDir, 'config.json'), '{ "port": ');
  const broken = await room.startAgain();
  expect(broken.code).toBe(1);
  expect(broken.output).toContain('config.json is not a JSON object');
});

test('the window is where it was', async () => {
  let run = await room.start();
  await run.page.getByRole('heading', { name: 'Board' }).waitFor();
  await run.app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.setBounds({ x: 40, y: 30, width: 1001, height: 702 }),
  );
  expect(await quit(run)).toBe(0);
  run = await room.start();
  // Shown, it is there from its first moment.
  const shownAt = () =>
    run.app.evaluate(({ BrowserWindow }) => {
      const window = BrowserWindow.getAllWindows()[0];
      return window?.isVisible() ? window.getBounds() : null;
    });
  await expect.poll(shownAt).not.toBeNull();
  expect(await shownAt()).toMatchObject({ width: 1001, height: 702 });
});

test('the app listens on no port unless it is told to', async () => {
  const run = await room.start();
  await run.page.getByRole('heading', { name: 'Board' }).waitFor();
  expect(run.output()).not.toContain('listens on');
  expect(await quit(run)).toBe(0);
});
