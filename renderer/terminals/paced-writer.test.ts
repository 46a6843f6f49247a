import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPacedWriter } from './paced-writer.ts';

let frames: (() => void)[];
let parsed: string[];
let costMs: number;
let clock: number;

beforeEach(() => {
  frames = [];
  parsed = [];
  costMs = 1;
  clock = 0;
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const text = new TextDecoder();
const make = () =>
  createPacedWriter((bytes, done) => {
    parsed.push(text.decode(bytes));
    clock += costMs;
    done();
  });
const bytesOf = (said: string) => new TextEncoder().encode(said);
const draw = () => {
  for (const run of frames.splice(0)) run();
};

test('little is parsed at once; much in slices with a frame between them, in order', () => {
  const writer = make();
  const done = vi.fn();
  writer.write(bytesOf('echo'), done);
  expect(parsed).toEqual(['echo']);
  expect(done).toHaveBeenCalledOnce();
  expect(frames).toHaveLength(0);

  parsed = [];
  writer.write(bytesOf('x'.repeat(20 * 8192)), done);
  const first = parsed.length;
  expect(first).toBeGreaterThan(3);
  expect(first).toBeLessThan(12);
  writer.write(bytesOf('end'), done);
  expect(parsed).toHaveLength(first);
  draw();
  expect(parsed.length).toBeGreaterThan(first);
  while (frames.length > 0) draw();
  expect(parsed.join('')).toBe(`${'x'.repeat(20 * 8192)}end`);
  expect(done).toHaveBeenCalledTimes(3);
});

test('what must be seen first is drawn before what follows is parsed', () => {
  const writer = make();
  writer.write(bytesOf('picture'), () => undefined);
  let goOn: () => void = () => undefined;
  writer.until((then) => {
    goOn = then;
  });
  writer.write(bytesOf('all lines'), () => undefined);
  draw();
  expect(parsed).toEqual(['picture']);
  goOn();
  expect(parsed).toEqual(['picture', 'all lines']);
});

test('what is drawn over is passed over, and what follows comes after what is being parsed', () => {
  const writer = make();
  const done = vi.fn();
  writer.write(bytesOf('x'.repeat(20 * 8192)), done);
  const before = parsed.length;
  writer.drop();
  expect(done).toHaveBeenCalledOnce();
  writer.afterwards(() => parsed.push('reset'));
  writer.write(bytesOf('picture'), done);
  draw();
  expect(parsed.slice(before)).toEqual(['reset', 'picture']);
});
