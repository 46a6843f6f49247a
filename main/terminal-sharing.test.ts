import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ContractClient } from '../shared/contract.ts';
import type { TerminalId } from '../shared/ids.ts';
import type { ControlNews } from '../shared/terminal-control.ts';
import { decodeFrame, encodeFrame, type TerminalFrame, type ViewerFrame } from '../shared/terminal-frames.ts';
import { startTestControlRoom, type TestControlRoom } from './testing/test-control-room.ts';

/** Control and links over real sockets, with a real host. */

let room: TestControlRoom;
const sockets = new Set<WebSocket>();

beforeAll(async () => {
  room = await startTestControlRoom({ modelUrl: 'http://127.0.0.1:9', environment: { SHELL: '/bin/sh' } });
});

afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await room?.close();
});

const hello = (id: string, name: string): string =>
  `client.${Buffer.from(JSON.stringify({ id: id.padEnd(16, '0'), name })).toString('base64url')}`;

/** The text messages of a socket alone: contract calls share it with frames. */
function textsOf(socket: WebSocket): globalThis.WebSocket {
  return {
    get readyState() {
      return socket.readyState;
    },
    send: (message: string) => socket.send(message),
    addEventListener(type: string, listener: (event: unknown) => void) {
      if (type !== 'message') return socket.addEventListener(type as 'open', listener);
      socket.on('message', (data: Buffer, isBinary) => isBinary || listener({ data: data.toString() }));
    },
  } as unknown as globalThis.WebSocket;
}

/** A connection with a credential, what it was told, and calls over it. */
function client(protocols: string[]) {
  const socket = new WebSocket(`${room.server.address.replace('http', 'ws')}/ws`, protocols);
  sockets.add(socket);
  const frames: TerminalFrame[] = [];
  const texts: string[] = [];
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return void texts.push(data.toString());
    const frame = decodeFrame(data) as TerminalFrame;
    frames.push(frame);
    if (frame.kind === 'output')
      say({ kind: 'ack', terminalId: frame.terminalId, offset: frame.offset + frame.bytes.length });
  });
  const say = (frame: ViewerFrame): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame(frame));
  };
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  opened.catch(() => undefined);
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
  return {
    socket,
    frames,
    texts,
    say,
    opened,
    closed,
    api: createORPCClient(new RPCLink({ websocket: textsOf(socket) })) as ContractClient,
    type: (terminalId: TerminalId, data: string) => say({ kind: 'input', terminalId, bytes: Buffer.from(data) }),
    /** The last it heard of who drives. */
    news(): ControlNews | undefined {
      const last = frames.findLast(({ kind }) => kind === 'control');
      return last?.kind === 'control' ? (JSON.parse(text(last.bytes)) as ControlNews) : undefined;
    },
    drives(): boolean {
      const news = this.news();
      return news !== undefined && news.control.driverId === news.you;
    },
    shown: () =>
      frames.map((frame) => (frame.kind === 'output' || frame.kind === 'snapshot' ? text(frame.bytes) : '')).join(''),
    refusals: () => frames.map((frame) => (frame.kind === 'refused' ? text(frame.bytes) : '')).filter(Boolean),
  };
}

async function device(name: string, terminalId: TerminalId, id = name) {
  const one = client([`bearer.${room.token}`, hello(id, name)]);
  await one.opened;
  one.say({ kind: 'attach', terminalId, from: null, whole: false });
  await expect.poll(() => one.news()).toBeDefined();
  return one;
}

const shell = () => room.api.terminals.create({ cols: 80, rows: 24 });
const size = async (id: TerminalId) => {
  const { cols, rows } = await room.api.terminals.get({ id });
  return [cols, rows];
};

test("a viewer's keys are refused and its size ignored; control is asked for, given and taken over the socket", async () => {
  const { id } = await shell();
  const desk = await device('Desk', id);
  const sofa = await device('Sofa', id);
  await expect.poll(() => desk.drives()).toBe(true);
  expect(sofa.news()?.control.viewers.map(({ name }) => name)).toEqual(['Desk', 'Sofa']);
  expect(JSON.stringify(desk.news())).not.toContain('Desk000');

  sofa.type(id, 'echo sofa-$((1+1))\r');
  sofa.say({ kind: 'resize', terminalId: id, cols: 60, rows: 20 });
  await expect.poll(() => sofa.refusals()).toEqual(['Desk drives this terminal. Request control to type into it.']);
  await expect(sofa.api.terminals.input({ id, data: 'echo sofa-$((1+1))\r' })).rejects.toThrow(/Desk drives/);
  await expect(sofa.api.terminals.resize({ id, cols: 60, rows: 20 })).rejects.toThrow(/Desk drives/);
  desk.say({ kind: 'resize', terminalId: id, cols: 90, rows: 30 });
  desk.type(id, 'echo desk-$((6*7))\r');
  await expect.poll(() => sofa.shown()).toContain('desk-42');
  await expect.poll(() => sofa.frames.some((frame) => frame.kind === 'sized' && frame.cols === 90)).toBe(true);
  expect(await size(id)).toEqual([90, 30]);
  expect(sofa.shown()).not.toContain('sofa-2');

  await sofa.api.terminals.control.request({ id });
  await expect.poll(() => desk.news()?.control.requests).toHaveLength(1);
  const asking = desk.news()?.control.requests[0]?.viewerId ?? '';
  await desk.api.terminals.control.grant({ id, viewerId: asking });
  await expect.poll(() => sofa.drives()).toBe(true);
  sofa.say({ kind: 'resize', terminalId: id, cols: 60, rows: 20 });
  await expect.poll(() => size(id)).toEqual([60, 20]);
  desk.type(id, 'echo nothing\r');
  await expect.poll(() => desk.refusals()).toHaveLength(1);

  // A connection that is lost and comes back drives on, although the dead one is still held.
  const again = await device('Sofa', id, 'Sofa');
  await expect.poll(() => again.drives()).toBe(true);
  await desk.api.terminals.control.take({ id });
  await expect.poll(() => desk.drives()).toBe(true);
  desk.socket.terminate();
  await expect.poll(() => again.news()?.control.driverId).toBeNull();
  again.type(id, 'echo again-$((2+2))\r');
  await expect.poll(() => again.shown()).toContain('again-4');
  expect(again.drives()).toBe(true);

  // Less access: looks, cannot ask.
  await expect(room.apiAs('view').terminals.control.request({ id })).rejects.toThrow(/needs "reply" access/);
  await expect(room.apiAs('reply').terminals.control.take({ id })).rejects.toThrow(/needs "admin" access/);
  await expect(room.apiAs('reply').terminals.input({ id, data: 'x' })).rejects.toThrow(/Sofa drives/);
  const { items } = await room.api.audit.list({ action: 'terminals.control.' });
  expect(items.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(
    expect.arrayContaining([
      'terminals.control.request ok',
      'terminals.control.grant ok',
      'terminals.control.take ok',
      'terminals.control.take FORBIDDEN',
    ]),
  );
});

test('a link shows its terminal and can do nothing else; revoked, it is cut at once', async () => {
  const { id } = await shell();
  const other = await shell();
  const { share, token, url } = await room.api.terminals.shares.create({ id, label: 'for the review', maxUses: 2 });
  expect(url).toBe(`${room.server.address}/#/shared/${token}`);
  const kept = JSON.stringify([
    await room.api.terminals.shares.list({ id }),
    await room.api.audit.list({ limit: 50 }),
    await room.api.events.state(),
  ]);
  expect(kept).toContain('for the review');
  expect(kept).not.toContain(token);
  await expect(room.apiAs('approve').terminals.shares.create({ id })).rejects.toThrow(/needs "admin"/);

  const desk = await device('Desk', id);
  const guest = client([`share.${token}`, hello('guest', 'ignored')]);
  await guest.opened;
  // It is told which terminal this is before it asks for anything.
  await expect.poll(() => guest.frames[0]).toMatchObject({ kind: 'control', terminalId: id });
  guest.say({ kind: 'attach', terminalId: id, from: null, whole: false });
  await expect
    .poll(() => desk.news()?.control.viewers.map(({ name, kind }) => [name, kind]))
    .toEqual([
      ['Desk', 'person'],
      ['for the review', 'share'],
    ]);
  desk.type(id, 'echo seen-$((6*7))\r');
  await expect.poll(() => guest.shown()).toContain('seen-42');
  expect(guest.drives()).toBe(false);
  expect(JSON.stringify(guest.news())).not.toMatch(/Desk|127\.0\.0\.1|the test/);

  guest.type(id, 'echo guest-$((1+1))\r');
  guest.say({ kind: 'resize', terminalId: id, cols: 50, rows: 20 });
  guest.say({ kind: 'attach', terminalId: other.id, from: null, whole: false });
  guest.type(other.id, 'echo guest\r');
  await expect.poll(() => guest.refusals()).toHaveLength(4);
  expect(await size(id)).toEqual([80, 24]);
  await room.api.terminals.rename({ id: other.id, title: 'secret name' });
  await room.api.terminals.input({ id: other.id, data: 'echo hidden-$((3+3))\r' });
  await expect.poll(async () => (await room.api.terminals.screen({ id: other.id })).text).toContain('hidden-6');
  expect(guest.frames.every(({ terminalId, kind }) => terminalId === id || kind === 'refused')).toBe(true);
  expect(guest.shown()).not.toContain('hidden');
  expect(guest.texts).toEqual([]);

  // As a bearer, over HTTP or the socket, the token is nothing.
  for (const path of ['/api/state', `/api/terminals/${id}`, `/api/terminals/${id}/screen`, '/api/events'])
    expect((await room.request('GET', path, undefined, { authorization: `Bearer ${token}` })).status).toBe(401);
  await expect(client([`bearer.${token}`]).opened).rejects.toThrow(/401/);

  // A call ends the connection.
  const caller = client([`share.${token}`, hello('caller', 'x')]);
  await caller.opened;
  void caller.api.terminals.list({}).catch(() => undefined);
  expect(await caller.closed).toMatchObject({ code: 1008 });
  expect(caller.texts).toEqual([]);

  // Both uses are spent: a third page is refused, one of the first two comes back.
  const third = client([`share.${token}`, hello('third', 'x')]);
  expect(await third.closed).toEqual({ code: 4403, reason: 'used-up' });
  const back = client([`share.${token}`, hello('guest', 'x')]);
  await back.opened;
  expect(await guest.closed).toEqual({ code: 4403, reason: 'replaced' });
  await expect
    .poll(async () => (await room.api.terminals.shares.list({ id })).items)
    .toMatchObject([{ uses: 2, maxUses: 2, viewers: 1 }]);

  back.say({ kind: 'attach', terminalId: id, from: null, whole: false });
  await expect.poll(() => back.shown()).toContain('seen-42');
  await room.api.terminals.shares.revoke({ id, shareId: share.id });
  expect(await back.closed).toEqual({ code: 4403, reason: 'revoked' });
  await expect.poll(() => desk.news()?.control.viewers).toHaveLength(1);
  expect(await client([`share.${token}`]).closed).toEqual({ code: 4403, reason: 'revoked' });
  expect(await client(['share.nonsense']).closed).toEqual({ code: 4403, reason: 'unknown' });
  expect((await room.api.terminals.shares.list({ id })).items).toEqual([]);
  await expect(room.api.terminals.shares.revoke({ id, shareId: share.id })).rejects.toThrow(/no such link/);
  const { items } = await room.api.audit.list({ action: 'terminals.shares.' });
  expect(items.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(
    expect.arrayContaining([
      'terminals.shares.create ok',
      'terminals.shares.create FORBIDDEN',
      'terminals.shares.open ok',
      'terminals.shares.open used-up',
      'terminals.shares.revoke ok',
    ]),
  );
});

test('who looks through a link at a terminal that is removed is cut off', async () => {
  const { id } = await shell();
  const { token } = await room.api.terminals.shares.create({ id });
  const guest = client([`share.${token}`]);
  await guest.opened;
  guest.say({ kind: 'attach', terminalId: id, from: null, whole: false });
  await expect.poll(() => guest.frames.some(({ kind }) => kind === 'snapshot')).toBe(true);
  await room.api.terminals.remove({ id });
  expect(await guest.closed).toEqual({ code: 4403, reason: 'unknown' });
  expect(room.problems).toEqual([]);
});
