import { transferPartBytes } from '../../shared/backup-transfer.ts';
import type { Backup } from '../../shared/backups.ts';
import type { ContractClient } from '../../shared/contract.ts';

/** How a file is carried: told of how much is there, and ended when somebody has enough. */
interface Carrying {
  signal: AbortSignal;
  onPart: (part: number) => void;
}

/** Fetches the file of a backup, a part at a time: what the browser holds lies outside of the page's own memory. */
export async function fetchBackup(
  client: ContractClient,
  { backup_filename }: Pick<Backup, 'backup_filename'>,
  { signal, onPart }: Carrying,
): Promise<Blob> {
  const blobs: Blob[] = [];
  for (let offset: number | null = 0; offset !== null; ) {
    const part: Awaited<ReturnType<typeof client.backups.part>> = await client.backups.part(
      { backup_filename, offset },
      { signal },
    );
    blobs.push(new Blob([bytesOf(part.base64)]));
    onPart(part.sizeBytes === 0 ? 1 : (part.nextOffset ?? part.sizeBytes) / part.sizeBytes);
    offset = part.nextOffset;
  }
  return new Blob(blobs, { type: 'application/octet-stream' });
}

/** Sends a file, a part at a time, and gives the id it waits under; what was begun is given up when it does not arrive. */
export async function sendBackup(client: ContractClient, file: File, { signal, onPart }: Carrying): Promise<string> {
  const { id } = await client.backups.beginUpload({ fileName: file.name, sizeBytes: file.size }, { signal });
  try {
    for (let offset = 0; offset < file.size; offset += transferPartBytes) {
      const base64 = await base64Of(file.slice(offset, offset + transferPartBytes));
      const { receivedBytes } = await client.backups.uploadPart({ id, offset, base64 }, { signal });
      onPart(receivedBytes / file.size);
    }
    return id;
  } catch (error) {
    await client.backups.cancelUpload({ id }).catch(() => undefined);
    throw error;
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** The bytes of a file as a message carries them. */
export async function base64Of(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  const step = 32_768;
  for (let at = 0; at < bytes.length; at += step) text += String.fromCharCode(...bytes.subarray(at, at + step));
  return btoa(text);
}
