const key = 'control-room.token';

/**
 * Takes the token out of an address fragment (`#token=...`, alone or after a route) and gives back the fragment without it.
 */
export function splitToken(fragment: string): { token: string | null; rest: string } {
  const match = /(^|[#&?])token=([^&]*)&?/.exec(fragment);
  if (!match) return { token: null, rest: fragment };
  const before = fragment.slice(0, match.index);
  const after = fragment.slice(match.index + match[0].length);
  const rest = [before.replace(/^#/, ''), after].filter(Boolean).join('?');
  return { token: decodeURIComponent(match[2] ?? '') || null, rest: rest ? `#${rest}` : '' };
}

/** The token of this visit: from the address (then removed from it and remembered for this origin), or remembered. */
export function takeToken(): string | null {
  const { token, rest } = splitToken(location.hash);
  if (token === null) return localStorage.getItem(key);
  localStorage.setItem(key, token);
  history.replaceState(null, '', `${location.pathname}${location.search}${rest}`);
  return token;
}

/** Remembers a token for this origin, or forgets it. */
export function rememberToken(token: string | null): void {
  if (token === null) localStorage.removeItem(key);
  else localStorage.setItem(key, token);
}
