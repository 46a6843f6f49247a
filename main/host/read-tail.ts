import * as fs from 'node:fs';

/**
 * Reads what is left in a descriptor that does not block, until it is empty or `limitBytes` were read: beyond what a kernel
 * keeps for one child, what still comes is from somebody else who holds the other side.
 */
export function readTail(fd: number, limitBytes: number, give: (bytes: Buffer) => void): void {
  const buffer = Buffer.allocUnsafe(64 * 1024);
  for (let total = 0; total < limitBytes; ) {
    let bytesRead: number;
    try {
      bytesRead = fs.readSync(fd, buffer, 0, buffer.length, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EINTR') continue;
      return; // EAGAIN: empty. EIO: a terminal that was revoked, and so empty.
    }
    if (bytesRead === 0) return;
    total += bytesRead;
    give(Buffer.from(buffer.subarray(0, bytesRead)));
  }
}
