/** Longest title a program may give, in characters. */
const maxTitleLength = 120;

/** Characters that are not seen and change how others are read: controls, and those that turn the direction of writing. */
const unseen = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** A title as a program gave it, fit to be shown: one line without controls, and not too long. */
export function cleanTitle(title: string): string {
  const clean = title
    .slice(0, 4 * maxTitleLength)
    .replace(unseen, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return clean.length > maxTitleLength ? `${clean.slice(0, maxTitleLength - 1)}…` : clean;
}

/** An address from a terminal that may be opened: http or https; null for all others. */
export function pageAddress(text: string): string | null {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    // Text that only looks like a link.
    return null;
  }
}

/** Text for the clipboard that a program sends (OSC 52: "c;BASE64"); null when it asks to read it, or for what is not text. */
export function clipboardText(data: string): string | null {
  const encoded = data.slice(data.indexOf(';') + 1);
  if (encoded === '?' || encoded === '' || encoded.length > 2_000_000) return null;
  try {
    const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Not base64 or not UTF-8.
    return null;
  }
}

/**
 * What may be pasted: without the controls that a page could hide in copied text, the end of a bracketed paste above all,
 * which would let the rest of it be typed as commands.
 */
export function pastable(text: string): string {
  return text
    .replace(/\u001b\[20[01]~/g, '')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f]/g, '');
}

/** Above this many lines or characters a paste is asked about. */
const manyLines = 100;
const manyCharacters = 100_000;

/** What to ask before pasting, or null: lines that would run at once, or very much. */
export function pasteQuestion(text: string, bracketed: boolean): string | null {
  const lines = text.replace(/\r?\n$/, '').split(/\r\n|\r|\n/).length;
  const count = lines === 1 ? 'one line' : `${lines.toLocaleString('en-US')} lines`;
  const size = text.length >= manyCharacters ? ` (${(text.length / 1_000_000).toFixed(1)} MB)` : '';
  if (lines > 1 && !bracketed) return `Paste ${count}${size}? Each is run as it arrives.`;
  return lines > manyLines || text.length >= manyCharacters ? `Paste ${count}${size}?` : null;
}

/** The path of a "file://machine/path" as shells send it; null for anything else. */
export function folderOf(data: string): string | null {
  if (!data.startsWith('file://') || data.length > 4096) return null;
  try {
    return cleanTitle(decodeURIComponent(new URL(data).pathname)) || null;
  } catch {
    // Not an address.
    return null;
  }
}
