import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TerminalId } from './ids.ts';
import { type AnyFrame, decodeFrame, encodeFrame } from './terminal-frames.ts';

const terminalId = fc.stringMatching(/^[a-z0-9_-]{1,64}$/).map((id) => id as TerminalId);
const bytes = fc.uint8Array({ maxLength: 200 });
const offset = fc.maxSafeNat();
const size = { cols: fc.nat(1000), rows: fc.nat(1000) };
const frame: fc.Arbitrary<AnyFrame> = fc.oneof(
  fc.record({ kind: fc.constant('attach' as const), terminalId, from: fc.option(offset), whole: fc.boolean() }),
  fc.record({ kind: fc.constant('detach' as const), terminalId }),
  fc.record({ kind: fc.constant('ack' as const), terminalId, offset }),
  fc.record({ kind: fc.constant('input' as const), terminalId, bytes }),
  fc.record({ kind: fc.constantFrom('resize' as const, 'sized' as const), terminalId, ...size }),
  fc.record({ kind: fc.constant('output' as const), terminalId, offset, bytes }),
  fc.record({ kind: fc.constant('snapshot' as const), terminalId, offset, ...size, skipped: fc.boolean(), bytes }),
  fc.record({ kind: fc.constant('exited' as const), terminalId, exitCode: fc.option(fc.nat(255)) }),
  fc.record({ kind: fc.constant('refused' as const), terminalId, bytes }),
);

test('a frame comes out as it went in, wherever it lies in memory', () => {
  fc.assert(
    fc.property(frame, fc.nat(9), (each, shift) => {
      const encoded = encodeFrame(each);
      const message = new Uint8Array(encoded.length + shift).subarray(shift);
      message.set(encoded);
      const decoded = decodeFrame(message);
      expect(decoded && 'bytes' in decoded ? { ...decoded, bytes: new Uint8Array(decoded.bytes) } : decoded).toEqual(
        each,
      );
    }),
  );
});

test('no bytes, however broken, make it throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 100 }),
        fc.tuple(frame, fc.nat(60)).map(([each, length]) => encodeFrame(each).subarray(0, length)),
      ),
      (message) => {
        expect(() => decodeFrame(message)).not.toThrow();
      },
    ),
  );
});
