/** What to tell a person about anything that was thrown: the orchestrator's own sentence where there is one. */
export function errorText(error: unknown): string {
  if (error instanceof Error && error.message) return error.message;
  return String(error);
}

/** The code of an error of the contract, if it is one. */
export function errorCode(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}

/** The field an error of the contract points at, if it does: from our own details or the first schema issue. */
export function errorField(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('data' in error)) return null;
  const { data } = error;
  if (typeof data !== 'object' || data === null) return null;
  if ('field' in data && typeof data.field === 'string') return data.field;
  if ('issues' in data && Array.isArray(data.issues)) {
    const path: unknown = (data.issues[0] as { path?: unknown[] } | undefined)?.path?.[0];
    return typeof path === 'string' ? path : null;
  }
  return null;
}
