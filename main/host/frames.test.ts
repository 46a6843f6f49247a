import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
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
        const seen: unknown[] = [];
        const reader = createFrameReader((kind, payload) => {
          if (kind === frameKinds.request) seen.push({ kind: 'json', value: decodeJson(payload) });
          else if (kind === frameKinds.output) {
            const { subscriptionId, offset, bytes } = decodeOutput(payload);
            seen.push({ kind: 'output', id: subscriptionId, offset, bytes: new Uint8Array(bytes) });
          } else {
            const { bytes, ...rest } = decodeWrite(payload);
            seen.push({ kind: 'write', ...rest, bytes: new Uint8Array(bytes) });
          }
        });
        for (let at = 0; at < wire.length; ) {
          const length = cuts.next().value as number;
          reader.push(wire.subarray(at, at + length));
          at += length;
        }
        expect(seen).toEqual(frames);
      },
    ),
  );
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
