/** What every id looks like. */
export const idPattern = /^[a-z0-9_-]{1,64}$/;
