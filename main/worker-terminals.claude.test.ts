import { expect, test } from 'vitest';
import type { TerminalId } from '../shared/ids.ts';
import { decodeFrame, encodeFrame, type TerminalFrame } from '../shared/terminal-frames.ts';
import { script } from './testing/scripted-model.ts';
import { teamForTests } from './testing/team-for-tests.ts';

/** Terminals of real interactive workers: their recordings outlive a resume, and one viewer at a time drives them. */

const here = teamForTests({ maxWorkers: 2 });

function view(name: string, terminalId: TerminalId) {
  const frames: TerminalFrame[] = [];
  const viewer = here.room.orchestrator.terminalStreams.connect({
    name,
    from: 'the test',
    canDrive: true,
    send: (message) => void frames.push(decodeFrame(message) as TerminalFrame),
  });
  viewer.receive(encodeFrame({ kind: 'attach', terminalId, from: null, whole: false }));
  return { ...viewer, kinds: () => frames.map(({ kind }) => kind) };
}

test('the recording of a run before a resume stays listed and playable, also after a restart', async () => {
  const worker = await here.team.spawn('recorded', [{ text: 'Said in the first run.' }], { kind: 'interactive' });
  const first = await here.team.when(worker.id, ({ turns }) => turns === 1);
  const firstId = first.terminalId as TerminalId;

  // One drives; what another one types goes nowhere, and its size is not taken.
  const desk = view('Desk', firstId);
  const phone = view('Phone', firstId);
  const { cols, rows } = await here.room.api.terminals.get({ id: firstId });
  phone.receive(encodeFrame({ kind: 'input', terminalId: firstId, bytes: Buffer.from('typed by nobody') }));
  phone.receive(encodeFrame({ kind: 'resize', terminalId: firstId, cols: 61, rows: 17 }));
  await expect.poll(() => phone.kinds()).toContain('refused');
  expect(await here.room.api.terminals.get({ id: firstId })).toMatchObject({ cols, rows });
  desk.receive(encodeFrame({ kind: 'resize', terminalId: firstId, cols: 101, rows: 33 }));
  await expect.poll(() => here.room.api.terminals.get({ id: firstId })).toMatchObject({ cols: 101, rows: 33 });
  expect((await here.room.api.terminals.screen({ id: firstId })).text).not.toContain('typed by nobody');
  desk.close();
  phone.close();

  // A link to its terminal, and one who looks through it.
  const { token } = await here.room.api.terminals.shares.create({ id: firstId, expiresInMinutes: 5, maxUses: 1 });
  const guest = { client: 'a page', from: 'the test', moved: 0, cut: () => undefined, move: () => void guest.moved++ };
  const { terminalShares } = here.room.orchestrator;
  expect(terminalShares.open(token, guest)).toMatchObject({ terminalId: firstId });

  await here.team.stop(worker.id);
  await here.room.api.workers.resume({ id: worker.id, prompt: `again ${script([{ text: 'Said in the second.' }])}` });
  const second = await here.team.when(worker.id, ({ turns, terminalId }) => turns === 2 && terminalId !== firstId);
  expect(guest.moved).toBe(1);
  expect(terminalShares.open(token, guest)).toMatchObject({ terminalId: second.terminalId });
  const runs = async () =>
    (await here.room.api.terminals.list({})).items
      .filter(({ workerId, recorded }) => workerId === worker.id && recorded)
      .map(({ id }) => id);
  expect(await runs()).toEqual([firstId, second.terminalId]);
  const said = async (id: TerminalId, query: string) =>
    (await here.room.api.terminals.searchRecording({ id, query })).items.length;
  expect(await said(firstId, 'Said in the first run.')).toBeGreaterThan(0);
  expect(await said(firstId, 'Said in the second.')).toBe(0);
  expect((await here.room.api.terminals.recording({ id: firstId })).end).toBeGreaterThan(100);

  await here.take(await here.room.restart());
  expect(await runs()).toEqual([firstId, second.terminalId]);
  expect(await said(firstId, 'Said in the first run.')).toBeGreaterThan(0);
  await here.room.api.workers.stop({ id: worker.id });
  // Its earlier end is among the events too: the row alone says that it has ended now.
  await expect.poll(async () => (await here.room.api.workers.get({ id: worker.id })).state).toBe('ended');
  await here.room.api.workers.remove({ id: worker.id });
  expect(await runs()).toEqual([]);
});
