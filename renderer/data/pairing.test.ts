import { expect, test } from 'vitest';
import { isPairingCode, pairingCode } from './pairing.ts';

test('a code is told from a token, however it is typed', () => {
  expect(pairingCode('#pair=K7QM42XD')).toBe('K7QM42XD');
  expect(pairingCode('#/board')).toBeNull();
  expect(pairingCode('#token=K7QM42XD')).toBeNull();
  for (const text of ['K7QM42XD', 'k7qm 42xd', ' K7QM-42XD ']) expect(isPairingCode(text)).toBe(true);
  for (const text of ['K7QM42X', 'cr_k_abcd', 'test-token-test-token-test-token'])
    expect(isPairingCode(text)).toBe(false);
});
