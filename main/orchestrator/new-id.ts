import { randomBytes } from 'node:crypto';

const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A fresh id like `w_k3v9...`: 16 letters and digits without look-alikes, 80 bits. */
export function newId<Id extends string>(prefix: string): Id {
  let id = `${prefix}_`;
  for (const byte of randomBytes(16)) id += alphabet[byte & 31];
  return id as Id;
}
