/** Largest file that is read or saved, in bytes. */
export const maxFileBytes = 10 * 1024 * 1024;

/** How long something that was deleted can be restored, in days. */
export const removedFileDays = 14;
