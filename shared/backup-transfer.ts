import * as z from 'zod';
import { lineOf, procedure } from './procedure.ts';

/** As `control-room_backup_20260120_120000_manual.db.gz`. */
export const backupFilenameSchema = z
  .string()
  .max(200)
  .regex(/^[\w-]+(\.[\w-]+)+$/, 'is not the name of a backup');

export const passphraseSchema = z.string().min(8, 'must have 8 characters or more').max(1000);

/** A file is carried in parts of so many bytes, so that no surface holds all of it. */
export const transferPartBytes = 2 * 1024 * 1024;
/** Base64 needs four letters for three bytes. */
const mostPartLetters = Math.ceil(transferPartBytes / 3) * 4;

const uploadRef = z.object({ id: z.string().regex(/^[\w-]{1,64}$/, 'is not the id of an upload') });
const about = z.object({ description: z.string().trim().max(500).default('') });

const uploadSchema = z.object({
  id: z.string(),
  /** Bytes that are there already: the next part begins here. */
  receivedBytes: z.number(),
  sizeBytes: z.number(),
});

/** Backups that leave the house as files, and files that are taken in as backups. `backup` is what such a file becomes. */
export function backupTransferContract<B extends z.ZodType>(backup: B) {
  return {
    /** The file itself, as it lies there. */
    content: procedure('admin')
      .route({ method: 'GET', path: '/api/backup/{backup_filename}/content' })
      .input(z.object({ backup_filename: backupFilenameSchema }))
      .output(z.file()),
    /** A part of it, for who cannot take a stream: 2 MiB from `offset` on. */
    part: procedure('admin')
      .route({ method: 'GET', path: '/api/backup/{backup_filename}/part' })
      .input(
        z.object({ backup_filename: backupFilenameSchema, offset: z.coerce.number<number>().int().min(0).default(0) }),
      )
      .output(z.object({ base64: z.string(), nextOffset: z.number().nullable(), sizeBytes: z.number() })),
    /** Begins to take in a file of another place. What is not gone on with for ten minutes is forgotten. */
    beginUpload: procedure('admin')
      .route({ method: 'POST', path: '/api/backup/uploads', successStatus: 201 })
      .input(about.extend({ fileName: lineOf(255), sizeBytes: z.number().int().min(1).max(1e13) }))
      .output(uploadSchema),
    /** The next part of it, up to 2 MiB; parts come in their order. */
    uploadPart: procedure('admin')
      .route({ method: 'POST', path: '/api/backup/uploads/{id}/parts' })
      .input(uploadRef.extend({ offset: z.number().int().min(0), base64: z.base64().max(mostPartLetters) }))
      .output(uploadSchema),
    /**
     * All of it is there: it is opened, read through and compared like one of ours, and stands in the list when nothing is wrong with
     * it. With a wrong passphrase the upload stays, for another try.
     */
    finishUpload: procedure('admin')
      .route({ method: 'POST', path: '/api/backup/uploads/{id}/finish', successStatus: 201 })
      .input(
        uploadRef.extend({
          passphrase: passphraseSchema.optional(),
          /** In hex, where it is known: what came is compared with it. */
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/i, 'is not a SHA-256 in hex')
            .optional(),
        }),
      )
      .output(backup),
    cancelUpload: procedure('admin')
      .route({ method: 'DELETE', path: '/api/backup/uploads/{id}' })
      .input(uploadRef)
      .output(uploadRef),
    /** The same with a file on the machine that Control Room runs on; it stays where it is. */
    takeIn: procedure('admin')
      .route({ method: 'POST', path: '/api/backup/take-in', successStatus: 201 })
      .input(about.extend({ path: lineOf(4000), passphrase: passphraseSchema.optional() }))
      .output(backup),
  };
}
