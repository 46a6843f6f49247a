import { expect, test } from '@playwright/test';
import type { TerminalId } from '../../../shared/ids.ts';
import { connectViewer, followBytes, wrongLines } from '../../test-terminals/checks.ts';
import { createDesktopRoom, type DesktopRoom, pressMenu } from './desktop-room.ts';

/** B3: the window's page crashes beside a flood. How often: CONTROL_ROOM_CRASHES, 3 in `npm test`, 50 in `test:terminals`. */

const crashes = Number(process.env.CONTROL_ROOM_CRASHES ?? 3);

/** About 1 MB a second of numbered lines, until a line is typed. */
const flood = `perl -e '$| = 1; while (1) { printf("line %08d %s\\n", ++$n, "x" x 85) for 1 .. 100; my $r = ""; vec($r, 0, 1) = 1; last if select($r, undef, undef, 0.01) > 0 } print "the", " end\\n"'\n`;

let room: DesktopRoom;

test.beforeAll(async () => {
  room = await createDesktopRoom();
});

test.afterAll(async () => {
  await room?.close();
});

test('the page crashes beside a flood: nobody else misses a byte, and the window is back with the same screen', async () => {
  test.setTimeout(60_000 + crashes * 10_000);
  const run = await room.start('--port', '0');
  const address = new URL(await run.address());
  const token = decodeURIComponent(address.hash.replace('#token=', ''));
  const call = async (path: string, body: unknown) => {
    const answer = await fetch(`${address.origin}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.ok).toBe(true);
    return (await answer.json()) as { id: TerminalId };
  };
  const { id } = await call('/api/terminals', { cols: 120, rows: 36 });
  const other = followBytes(id);
  const viewer = await connectViewer({ origin: address.origin, token }, (frame) =>
    other.take(frame, (ack) => viewer.send(ack)),
  );
  viewer.send({ kind: 'attach', terminalId: id, from: 0, whole: true });
  await run.app.evaluate(({ dialog }) => {
    // "Load again", each time it asks whether the window that keeps crashing should be.
    dialog.showMessageBox = async () => ({ response: 0, checkboxChecked: false });
  });
  await run.page.evaluate((terminal) => location.assign(`#/terminal/${terminal}`), id);
  /** The page's process, and the lines of the terminal that it shows: none while it is away. */
  const look = () =>
    run.app.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      // Asked in a page that is gone, this is never answered.
      const away = new Promise<string>((resolve) => setTimeout(() => resolve(''), 50));
      const text = contents
        ?.executeJavaScript('document.querySelector(".xterm-rows")?.innerText ?? ""')
        .then(String, () => '');
      return { pid: contents?.getOSProcessId(), text: (await Promise.race([text, away])) ?? '' };
    });
  const shown = async () => (await look()).text;
  const lastLine = (text: string) => Number(/.*line (\d{8})/s.exec(text)?.[1] ?? 0);
  await call(`/api/terminals/${id}/input`, { data: flood });
  await expect.poll(async () => lastLine(await shown())).toBeGreaterThan(100);

  const awayMs: number[] = [];
  for (let crash = 0; crash < crashes; crash += 1) {
    const before = await look();
    const at = performance.now();
    await run.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
    );
    const isBack = async () => {
      const now = await look();
      return now.pid !== before.pid && lastLine(now.text) > lastLine(before.text);
    };
    await expect.poll(isBack, { intervals: [20] }).toBe(true);
    awayMs.push(performance.now() - at);
  }
  const sorted = awayMs.sort((a, b) => a - b).map(Math.round);
  console.log(
    `${crashes} crashes: lines again after ${sorted[Math.floor(sorted.length / 2)]} ms, at most ${sorted.at(-1)} ms`,
  );

  await call(`/api/terminals/${id}/input`, { data: '\n' });
  await expect.poll(() => other.text().includes('the end')).toBe(true);
  expect(other.breaks).toBe(0);
  expect(wrongLines(other.text())).toBe(0);
  const tail = other
    .text()
    .split('\r\n')
    .slice(-20)
    .filter((line) => /^(line|the end)/.test(line));
  expect(tail.length).toBeGreaterThan(15);
  await expect.poll(shown).toContain('the end');
  const screen = (await shown()).split('\n').map((line) => line.trimEnd());
  for (const line of tail) expect(screen).toContain(line);
  viewer.cut();
  // What is left of the window works: its menu reaches the page.
  await pressMenu(run, 'go.inbox');
  await expect
    .poll(() => run.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getURL()))
    .toContain('#/inbox');
});
