import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createFrameIntake,
  createFrameReader,
  decodeJson,
  decodeOutput,
  decodeWrite,
  encodeJsonFrame,
  encodeOutputHead,
  encodeWriteFrame,
  frameKinds,
} from './frames.ts';

test('frames come out as they went in, however the connection cuts them', () => {
  const frame = fc.oneof(
    fc.json().map((json) => ({ kind: 'json' as const, value: JSON.parse(json) as unknown })),
    fc.record({
      kind: fc.constant('output' as const),
      id: fc.nat(),
      offset: fc.maxSafeNat(),
      bytes: fc.uint8Array({ maxLength: 300 }),
    }),
    fc.record({
      kind: fc.constant('write' as const),
      id: fc.string({ maxLength: 60 }),
      writeId: fc.string({ maxLength: 60 }),
      requestId: fc.nat(),
      bytes: fc.uint8Array({ maxLength: 300 }),
    }),
  );
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 97 })),
      (frames, cuts) => {
        const wire = Buffer.concat(
          frames.map((each) =>
            each.kind === 'json'
              ? encodeJsonFrame(frameKinds.request, each.value)
              : each.kind === 'output'
                ? Buffer.concat([encodeOutputHead(each.id, each.offset, each.bytes.length), each.bytes])
                : encodeWriteFrame(each.requestId, each.id, each.writeId, each.bytes),
          ),
        );
        let seen: unknown[] = [];
        const note = (kind: number, payload: Buffer): void => {
          if (kind === frameKinds.request) seen.push({ kind: 'json', value: decodeJson(payload) });
          else if (kind === frameKinds.output) {
            const { subscriptionId, offset, bytes } = decodeOutput(payload);
            seen.push({ kind: 'output', id: subscriptionId, offset, bytes: new Uint8Array(bytes) });
          } else {
            const { bytes, ...rest } = decodeWrite(payload);
            seen.push({ kind: 'write', ...rest, bytes: new Uint8Array(bytes) });
          }
        };
        const reader = createFrameReader(note);
        for (let at = 0; at < wire.length; ) {
          const length = cuts.next().value as number;
          reader.push(wire.subarray(at, at + length));
          at += length;
        }
        expect(seen).toEqual(frames);
        seen = [];
        const intake = createFrameIntake(note);
        for (let at = 0; at < wire.length; ) at = putInto(intake, wire, at, cuts.next().value as number);
        expect(seen).toEqual(frames);
      },
    ),
  );
});

/** As a socket does that reads into given memory; gives where it goes on. */
function putInto(intake: ReturnType<typeof createFrameIntake>, wire: Buffer, at: number, most: number): number {
  const space = intake.space();
  const sizeBytes = Math.min(most, space.length, wire.length - at);
  wire.copy(space, 0, at, at + sizeBytes);
  intake.took(sizeBytes);
  return at + sizeBytes;
}

test('frames of every size come whole out of memory that is used again', () => {
  const sizes = [1, 70_000, 300_000, 5, 2_000_000, 65_536, 262_144, 3];
  const parts = sizes.map((size, index) => Buffer.alloc(size, index + 1));
  const wire = Buffer.concat(parts.flatMap((part, index) => [encodeOutputHead(index, index * 7, part.length), part]));
  const seen: Buffer[] = [];
  const intake = createFrameIntake((_kind, payload) => void seen.push(Buffer.from(decodeOutput(payload).bytes)));
  for (let at = 0; at < wire.length; ) at = putInto(intake, wire, at, 100_000);
  expect(seen.map((bytes, index) => bytes.equals(parts[index] as Buffer))).toEqual(sizes.map(() => true));
  expect(intake.space().length).toBeLessThan(1_000_000); // what a long frame needed is given back
});

test('a frame over the limit is refused by its length alone', () => {
  const reader = createFrameReader(() => expect.unreachable(), 10);
  const head = Buffer.alloc(5);
  head.writeUInt32LE(11, 0);
  expect(() => reader.push(head)).toThrow(/at most 10/);
});

test('a frame without a kind is refused', () => {
  const reader = createFrameReader(() => expect.unreachable());
  expect(() => reader.push(Buffer.alloc(8))).toThrow(RangeError);
});
