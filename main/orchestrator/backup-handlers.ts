import { AppError } from '../../shared/errors.ts';
import type { Backups } from './backups/backups.ts';
import type { Api } from './implemented.ts';

/** What is asked of backups. */
export function backupHandlers(api: Api, backups: Backups) {
  const { transfers } = backups;
  return {
    list: api.backups.list.handler(({ input }) => backups.list(input)),
    create: api.backups.create.handler(({ input }) => backups.create(input)),
    watch: api.backups.watch.handler(({ signal }) => backups.watch(signal)),
    state: api.backups.state.handler(() => backups.state()),
    describe: api.backups.describe.handler(({ input }) => backups.describe(input.backup_filename)),
    remove: api.backups.remove.handler(({ input }) => backups.remove(input.backup_filename)),
    verify: api.backups.verify.handler(({ input }) => backups.verify(input.backup_filename, input.passphrase)),
    restore: api.backups.restore.handler(({ input, context }) => backups.restore(input, context.name)),
    undoRestore: api.backups.undoRestore.handler(({ input, context }) =>
      backups.undoRestore(input.confirm, context.name),
    ),
    drill: api.backups.drill.handler(() => backups.drill()),
    setPassphrase: api.backups.setPassphrase.handler(({ input }) => backups.setPassphrase(input.passphrase)),
    content: api.backups.content.handler(({ input, context }) => {
      // A message holds all that it carries; only HTTP has streams.
      if (context.viewerId !== undefined)
        throw new AppError(
          'BAD_REQUEST',
          'A whole file goes over HTTP alone. Here it is read in parts, by backups.part.',
        );
      return transfers.content(input.backup_filename);
    }),
    part: api.backups.part.handler(({ input }) => transfers.part(input.backup_filename, input.offset)),
    beginUpload: api.backups.beginUpload.handler(({ input }) => transfers.beginUpload(input)),
    uploadPart: api.backups.uploadPart.handler(({ input }) => transfers.uploadPart(input)),
    finishUpload: api.backups.finishUpload.handler(({ input }) => transfers.finishUpload(input)),
    cancelUpload: api.backups.cancelUpload.handler(({ input }) => transfers.cancelUpload(input.id)),
    takeIn: api.backups.takeIn.handler(({ input }) => transfers.takeIn(input)),
  };
}
