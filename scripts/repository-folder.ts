import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's own folder, without a separator at its end. */
export const repositoryFolder = dirname(fileURLToPath(new URL('.', import.meta.url)));
