import { crc32, deflateSync } from 'node:zlib';

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A PNG of a disc with a ring in it: something to change and to look at. Colours as [red, green, blue]. */
export function pictureFile(
  size: number,
  colours: { ground: readonly number[]; disc: readonly number[]; ring: number },
): Buffer {
  const rows: number[] = [];
  const middle = (size - 1) / 2;
  for (let y = 0; y < size; y += 1) {
    rows.push(0);
    for (let x = 0; x < size; x += 1) {
      const distance = Math.hypot(x - middle, y - middle) / size;
      const inside = distance < 0.42 && !(distance > colours.ring && distance < colours.ring + 0.08);
      rows.push(...(inside ? colours.disc : colours.ground));
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.from(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
