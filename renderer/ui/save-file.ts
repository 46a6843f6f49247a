/** Hands a text to the browser as a file to save. */
export function saveFile(name: string, mediaType: string, content: string): void {
  saveBlob(name, new Blob([content], { type: mediaType }));
}

/** The same for a file that is no text. */
export function saveBytes(name: string, mediaType: string, content: Uint8Array<ArrayBuffer>): void {
  saveBlob(name, new Blob([content], { type: mediaType }));
}

/** The same for what the browser holds already. */
export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun with the click; the browser holds what it needs.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
