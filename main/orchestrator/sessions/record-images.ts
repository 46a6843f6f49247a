import { isObject, type Json } from '../claude/records.ts';
import { readTranscript } from '../claude/transcript.ts';
import { readLine } from './read-line.ts';

/** What browsers draw and nothing else: an SVG could hold a program. */
const drawable = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** More in one record is not a conversation. */
const maxImages = 50;

export interface RecordImage {
  mediaType: string;
  /** Base64. */
  data: string;
}

/** The pictures in the nth entry of a transcript: the index keeps only that they are there. */
export async function imagesOf(path: string, entry: number): Promise<RecordImage[]> {
  let passed = 0;
  for await (const { lines } of readTranscript(path, 0))
    for (const line of lines) {
      const entries = readLine(line)?.entries ?? [];
      if (passed + entries.length < entry) {
        passed += entries.length;
        continue;
      }
      const wanted = entries[entry - passed - 1];
      const record: unknown = JSON.parse(line);
      const message = isObject(record) && isObject(record.message) ? record.message : {};
      if (wanted?.role !== 'result') return wanted?.role === 'user' ? imagesIn(message.content) : [];
      const result = blocksOf(message.content).find(({ tool_use_id: id }) => id === wanted.toolUseId);
      return imagesIn(result?.content);
    }
  return [];
}

function blocksOf(content: unknown): Json[] {
  return Array.isArray(content) ? content.filter(isObject) : [];
}

function imagesIn(content: unknown): RecordImage[] {
  const images: RecordImage[] = [];
  for (const { type, source } of blocksOf(content)) {
    if (type !== 'image' || !isObject(source) || images.length >= maxImages) continue;
    const { media_type: mediaType, data } = source;
    if (
      typeof mediaType === 'string' &&
      drawable.has(mediaType) &&
      typeof data === 'string' &&
      /^[A-Za-z0-9+/=]+$/.test(data)
    )
      images.push({ mediaType, data });
  }
  return images;
}
