const imageTypes: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  ico: 'image/x-icon',
  avif: 'image/avif',
};

/** The media type of a picture that browsers draw, by the ending of its name. */
export function imageTypeOf(path: string): string | undefined {
  return imageTypes[path.split('.').at(-1)?.toLowerCase() ?? ''];
}
