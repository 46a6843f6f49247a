/** Hands a text to the browser as a file to save. */
export function saveFile(name: string, mediaType: string, content: string): void {
  saveBytes(name, mediaType, content);
}

/** The same of what is no text. */
export function saveBytes(name: string, mediaType: string, content: string | Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([content], { type: mediaType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun with the click; the browser holds what it needs.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
