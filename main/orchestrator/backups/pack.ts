import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { AppError } from '../../../shared/errors.ts';

/*
 * An encrypted file: the magic, the salt, what a right passphrase is known by, the nonce; then the content with AES-256-GCM; then
 * its tag. All before the content is authenticated with it.
 */
const magic = Buffer.from('CRBACK01');
const saltBytes = 16;
const proofBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const headerBytes = magic.length + saltBytes + proofBytes + nonceBytes;
/** About 64 MiB and a tenth of a second for each guess. */
const scryptCost = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };
const chunkBytes = 1024 * 1024;
const gzipLevel = 1;

export interface PackOptions {
  compressed: boolean;
  /** Null: not encrypted. */
  passphrase: string | null;
}

/**
 * Writes `source` to the new file `target`, compressed and encrypted as asked, and to the disk. Gives the SHA-256 of both, in hex.
 */
export async function pack(
  input: { source: string; target: string; onProgress?: (part: number) => void } & PackOptions,
): Promise<{ sha256: string; contentSha256: string; sizeBytes: number }> {
  const content = createHash('sha256');
  const file = createHash('sha256');
  const { size } = await stat(input.source);
  await pipeline([
    createReadStream(input.source, { highWaterMark: chunkBytes }),
    passing(content, size, input.onProgress),
    ...(input.compressed ? [createGzip({ level: gzipLevel, chunkSize: chunkBytes })] : []),
    ...(input.passphrase === null ? [] : [encrypting(input.passphrase)]),
    passing(file),
    createWriteStream(input.target, { flags: 'wx', mode: 0o600 }),
  ] as unknown as [NodeJS.ReadableStream, NodeJS.WritableStream]);
  await syncFile(input.target);
  return {
    sha256: file.digest('hex'),
    contentSha256: content.digest('hex'),
    sizeBytes: (await stat(input.target)).size,
  };
}

/**
 * Reads a packed file back: to the new file `target`, or nowhere, only to see that it can be. Gives the SHA-256 of the content.
 * FORBIDDEN for a wrong passphrase or none, UNPROCESSABLE for a damaged file.
 */
export async function unpack(
  input: { source: string; target: string | null; onProgress?: (part: number) => void } & PackOptions & {
      encrypted: boolean;
      /** What it holds may be no larger; nothing is known of a file of another place. */
      mostBytes?: number;
    },
): Promise<{ contentSha256: string }> {
  const { size } = await stat(input.source);
  const content = createHash('sha256');
  const decrypting = input.encrypted ? await decryptionOf(input.source, size, input.passphrase) : undefined;
  const range = input.encrypted ? { start: headerBytes, end: size - tagBytes - 1 } : {};
  try {
    await pipeline([
      createReadStream(input.source, { highWaterMark: chunkBytes, ...range }),
      passing(undefined, size, input.onProgress),
      ...(decrypting ? [decrypting] : []),
      ...(input.compressed ? [createGunzip({ chunkSize: chunkBytes })] : []),
      bounded(input.mostBytes),
      passing(content),
      input.target === null ? nowhere() : createWriteStream(input.target, { flags: 'wx', mode: 0o600 }),
    ] as unknown as [NodeJS.ReadableStream, NodeJS.WritableStream]);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!code.startsWith('Z_') && !/authenticate|incorrect header|unexpected end/i.test(String(error))) throw error;
    throw new AppError(
      'UNPROCESSABLE',
      'The file of this backup is damaged: what it holds cannot be read back. Use another one, or its copy at the second location.',
      undefined,
      { cause: error },
    );
  }
  if (input.target !== null) await syncFile(input.target);
  return { contentSha256: content.digest('hex') };
}

/** Hashes what passes, and says how much of `total` it was. */
function passing(
  hash: ReturnType<typeof createHash> | undefined,
  total = 0,
  onProgress: (part: number) => void = () => undefined,
): Transform {
  let seen = 0;
  return new Transform({
    highWaterMark: chunkBytes,
    transform(chunk: Buffer, _encoding, done) {
      hash?.update(chunk);
      seen += chunk.length;
      if (total > 0) onProgress(Math.min(1, seen / total));
      done(null, chunk);
    },
  });
}

/** Lets no more than so many bytes pass: a small file may unpack to any size. */
function bounded(most = Number.POSITIVE_INFINITY): Transform {
  let seen = 0;
  return new Transform({
    highWaterMark: chunkBytes,
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen <= most) return done(null, chunk);
      done(
        new AppError(
          'UNAVAILABLE',
          'What it holds is larger than the room that is left. Free some space and try again.',
        ),
      );
    },
  });
}

/** What a file is, by its beginning; null: nothing that we make. */
export async function packing(path: string): Promise<'encrypted' | 'gzip' | 'database' | null> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    const begin = buffer.subarray(0, bytesRead);
    if (begin.subarray(0, magic.length).equals(magic)) return 'encrypted';
    if (begin[0] === 0x1f && begin[1] === 0x8b) return 'gzip';
    return begin.toString('latin1') === 'SQLite format 3\0' ? 'database' : null;
  } finally {
    await file.close();
  }
}

/** The sums of a file as it lies there. */
export async function sumOf(path: string, onProgress: (part: number) => void = () => undefined) {
  const hash = createHash('sha256');
  const { size } = await stat(path);
  let seen = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    hash.update(chunk as Buffer);
    seen += (chunk as Buffer).length;
    onProgress(seen / size);
  }
  return { sha256: hash.digest('hex'), sizeBytes: size };
}

function nowhere(): Writable {
  return new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
}

/** The key of a passphrase, and what shows that it is the right one without telling it. */
function keysOf(passphrase: string, salt: Buffer): { key: Buffer; proof: Buffer } {
  const secret = scryptSync(passphrase.normalize('NFKC'), salt, 32, scryptCost);
  const derived = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, salt, purpose, 32));
  return { key: derived('control-room backup key'), proof: derived('control-room backup proof') };
}

function encrypting(passphrase: string): Transform {
  const salt = randomBytes(saltBytes);
  const nonce = randomBytes(nonceBytes);
  const { key, proof } = keysOf(passphrase, salt);
  const header = Buffer.concat([magic, salt, proof, nonce]);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(header);
  let begun = false;
  return new Transform({
    highWaterMark: chunkBytes,
    transform(chunk: Buffer, _encoding, done) {
      if (!begun) this.push(header);
      begun = true;
      done(null, cipher.update(chunk));
    },
    flush(done) {
      if (!begun) this.push(header);
      this.push(cipher.final());
      this.push(cipher.getAuthTag());
      done();
    },
  });
}

async function decryptionOf(path: string, size: number, passphrase: string | null): Promise<Transform> {
  if (passphrase === null)
    throw new AppError('FORBIDDEN', 'This backup is encrypted: give the passphrase it was made with.', {
      field: 'passphrase',
    });
  const file = await open(path, 'r');
  const header = Buffer.alloc(headerBytes);
  const tag = Buffer.alloc(tagBytes);
  try {
    await file.read(header, 0, headerBytes, 0);
    await file.read(tag, 0, tagBytes, Math.max(0, size - tagBytes));
  } finally {
    await file.close();
  }
  if (size < headerBytes + tagBytes || !header.subarray(0, magic.length).equals(magic))
    throw new AppError('UNPROCESSABLE', 'The file of this backup is damaged: its beginning cannot be read.');
  const salt = header.subarray(magic.length, magic.length + saltBytes);
  const { key, proof } = keysOf(passphrase, salt);
  if (!timingSafeEqual(proof, header.subarray(magic.length + saltBytes, magic.length + saltBytes + proofBytes)))
    throw new AppError('FORBIDDEN', 'That is not the passphrase this backup was made with.', { field: 'passphrase' });
  const decipher = createDecipheriv('aes-256-gcm', key, header.subarray(headerBytes - nonceBytes));
  decipher.setAAD(header).setAuthTag(tag);
  return decipher;
}

/** Waits until a file is on the disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
