import { openAsBlob } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { transferPartBytes } from '../../../shared/backup-transfer.ts';
import type { Backup } from '../../../shared/backups.ts';
import { AppError } from '../../../shared/errors.ts';
import { newId } from '../new-id.ts';
import { freeBytesOf, freeStem, makeFolder, unfinishedEnding } from './backup-files.ts';
import { copyInto, importedType, type TakeInJob } from './take-in.ts';

/** At once, and for so long without a further part. */
const mostUploads = 3;
const forgetAfterMs = 10 * 60_000;
const reserveBytes = 64 * 1024 * 1024;

interface Upload {
  path: string;
  file: FileHandle;
  fileName: string;
  description: string;
  sizeBytes: number;
  receivedBytes: number;
  touchedAt: number;
  /** Parts are written one after the other. */
  busy: boolean;
}

/** Backups that leave the house as files, and files of other places that become backups, a part at a time. */
export function createTransfers(deps: {
  folder: () => string;
  find: (name: string) => Promise<Backup>;
  now: () => number;
  latestSchema: () => number;
  storedPassphrase: () => Promise<string | null>;
  /** Does the job when it is its turn, in a thread, and looks at the list anew. */
  takeIn: (job: TakeInJob) => Promise<Backup>;
}) {
  const { folder, now } = deps;
  const uploads = new Map<string, Upload>();

  function get(id: string): Upload {
    const upload = uploads.get(id);
    if (upload) return upload;
    throw new AppError('NOT_FOUND', 'That upload is not there any more. Begin it anew.', { id });
  }

  async function forget(id: string): Promise<void> {
    const upload = uploads.get(id);
    if (!upload) return;
    uploads.delete(id);
    await upload.file.close();
    await rm(upload.path, { force: true });
  }

  async function requireRoom(sizeBytes: number): Promise<void> {
    const freeBytes = await freeBytesOf(folder());
    // It is unpacked once beside itself.
    const neededBytes = sizeBytes * 2 + reserveBytes;
    if (freeBytes === null || freeBytes >= neededBytes) return;
    throw new AppError('UNAVAILABLE', `There is no room for it in ${folder()}. Free some space and try again.`, {
      neededBytes,
      freeBytes,
    });
  }

  async function job(
    input: Pick<TakeInJob, 'source' | 'description' | 'sha256'> & { passphrase?: string | undefined },
  ) {
    const { passphrase, ...rest } = input;
    const at = now();
    return deps.takeIn({
      kind: 'take-in',
      folder: folder(),
      stem: await freeStem(folder(), at, importedType),
      passphrase: passphrase ?? (await deps.storedPassphrase()),
      at,
      latestSchema: deps.latestSchema(),
      ...rest,
    });
  }

  const partial = (id: string): string => join(folder(), `control-room_backup_${id}${unfinishedEnding}`);
  const view = (id: string, { receivedBytes, sizeBytes }: Upload) => ({ id, receivedBytes, sizeBytes });

  return {
    /** The file of a backup, read from the disk as it is taken. */
    async content(name: string): Promise<File> {
      const backup = await deps.find(name);
      const blob = await openAsBlob(join(folder(), backup.backup_filename), { type: 'application/octet-stream' });
      return new File([blob], backup.backup_filename, { type: 'application/octet-stream' });
    },
    async part(name: string, offset: number) {
      const { backup_filename, sizeBytes } = await deps.find(name);
      const file = await open(join(folder(), backup_filename), 'r');
      try {
        const { buffer, bytesRead } = await file.read(
          Buffer.allocUnsafe(transferPartBytes),
          0,
          transferPartBytes,
          offset,
        );
        const next = offset + bytesRead;
        return {
          base64: buffer.subarray(0, bytesRead).toString('base64'),
          nextOffset: next < sizeBytes && bytesRead > 0 ? next : null,
          sizeBytes,
        };
      } finally {
        await file.close();
      }
    },
    async beginUpload(input: { fileName: string; sizeBytes: number; description: string }) {
      for (const [id, { touchedAt, busy }] of uploads)
        if (!busy && Math.abs(now() - touchedAt) > forgetAfterMs) await forget(id);
      if (uploads.size >= mostUploads)
        throw new AppError('CONFLICT', `${mostUploads} files are taken in already. Wait until one is done.`);
      await makeFolder(folder());
      await requireRoom(input.sizeBytes);
      const id = newId<string>('up');
      const path = partial(id);
      const file = await open(path, 'wx', 0o600);
      const upload: Upload = { ...input, path, file, receivedBytes: 0, touchedAt: now(), busy: false };
      uploads.set(id, upload);
      return view(id, upload);
    },
    async uploadPart({ id, offset, base64 }: { id: string; offset: number; base64: string }) {
      const upload = get(id);
      const bytes = Buffer.from(base64, 'base64');
      if (upload.busy || offset !== upload.receivedBytes)
        throw new AppError('CONFLICT', `The next part begins at ${upload.receivedBytes}, not at ${offset}.`, {
          receivedBytes: upload.receivedBytes,
        });
      if (offset + bytes.length > upload.sizeBytes)
        throw new AppError('BAD_REQUEST', `base64: the file was said to have ${upload.sizeBytes} bytes.`, {
          field: 'base64',
        });
      upload.busy = true;
      try {
        await upload.file.write(bytes, 0, bytes.length, offset);
        upload.receivedBytes = offset + bytes.length;
        upload.touchedAt = now();
      } finally {
        upload.busy = false;
      }
      return view(id, upload);
    },
    async finishUpload(input: { id: string; passphrase?: string | undefined; sha256?: string | undefined }) {
      const { id, passphrase, sha256 = null } = input;
      const upload = get(id);
      if (upload.busy || upload.receivedBytes < upload.sizeBytes)
        throw new AppError('CONFLICT', `${upload.sizeBytes - upload.receivedBytes} bytes of it are missing still.`, {
          receivedBytes: upload.receivedBytes,
        });
      upload.busy = true;
      try {
        const description = upload.description || `Taken in from ${upload.fileName}`;
        const backup = await job({ source: upload.path, description, passphrase, sha256 });
        upload.busy = false;
        await forget(id);
        return backup;
      } catch (error) {
        upload.busy = false;
        // Another passphrase may be tried; anything else is no better the next time.
        if (!(error instanceof AppError && error.code === 'FORBIDDEN')) await forget(id);
        throw error;
      }
    },
    async cancelUpload(id: string) {
      get(id);
      await forget(id);
      return { id };
    },
    async takeIn(input: { path: string; description: string; passphrase?: string | undefined }) {
      const { path, passphrase } = input;
      if (!isAbsolute(path))
        throw new AppError('BAD_REQUEST', 'path: give the whole path, from / on.', { field: 'path' });
      await makeFolder(folder());
      const source = partial(newId('in'));
      try {
        const description = input.description || `Taken in from ${basename(path)}`;
        await copyInto(path, source);
        return await job({ source, description, passphrase, sha256: null });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT')
          throw new AppError('NOT_FOUND', `There is no file ${path} on this machine.`, { path }, { cause: error });
        throw error;
      } finally {
        for (const ending of ['', '.copy']) await rm(`${source}${ending}`, { force: true });
      }
    },
    async close(): Promise<void> {
      for (const id of [...uploads.keys()]) await forget(id);
    },
  };
}
