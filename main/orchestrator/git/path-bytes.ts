import { isUtf8 } from 'node:buffer';

/*
 * Names in git are bytes. Here they are text: what is no UTF-8 stands as one character of U+EF80 to U+EFFF for each byte,
 * and so do those characters themselves, so that every name has one text and every text leads back to its name.
 */
const standsForByte = /[\uef80-\uefff]/;
const firstStandIn = 0xef00;

/** The text of a name. */
export function pathFromBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) {
    const text = bytes.toString('utf8');
    if (!standsForByte.test(text)) return text;
  }
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOfCharacter(bytes, at);
    const character = length > 0 ? bytes.toString('utf8', at, at + length) : '';
    if (length > 0 && !standsForByte.test(character)) {
      text += character;
      at += length;
    } else {
      text += String.fromCharCode(firstStandIn + (bytes[at] ?? 0));
      at += 1;
    }
  }
  return text;
}

/** The name that a text stands for. */
export function pathToBytes(text: string): Buffer {
  if (!standsForByte.test(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (const part of text.split(/([\uef80-\uefff])/)) {
    const code = part.length === 1 ? part.charCodeAt(0) : 0;
    parts.push(code >= 0xef80 && code <= 0xefff ? Buffer.from([code - firstStandIn]) : Buffer.from(part, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** How many bytes the UTF-8 character at `at` has; 0 when there is none. */
function lengthOfCharacter(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  return length > 0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** The parts of what git writes with `-z`. */
export function splitNul(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (;;) {
    const at = bytes.indexOf(0, from);
    if (at < 0) break;
    parts.push(bytes.subarray(from, at));
    from = at + 1;
  }
  if (from < bytes.length) parts.push(bytes.subarray(from));
  return parts;
}

/** Names as git reads them with `-z`. */
export function joinNul(paths: readonly string[]): Buffer {
  return Buffer.concat(paths.flatMap((path) => [pathToBytes(path), Buffer.from([0])]));
}
