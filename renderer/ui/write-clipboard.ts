/** Puts text on the clipboard, as far as the browser lets us. */
export async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // The page is not in front, or may not; over plain HTTP from another machine there is no clipboard at all.
    return false;
  }
}
