import { ImageOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ContractClient } from '../../shared/contract.ts';
import type { SessionId } from '../../shared/ids.ts';
import type { SessionRecord } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';

type Images = Awaited<ReturnType<ContractClient['sessions']['images']>>['items'];

/** What the index keeps in the place of a picture. */
const mark = '[image]';

/** Whether a record has, or may have, pictures. */
export function hasImages(record: SessionRecord): boolean {
  return (record.role === 'user' || record.role === 'result') && record.text.includes(mark);
}

/** A text without the marks of pictures that are shown below it. */
export function withoutMarks(text: string): string {
  return text.replaceAll(`\n${mark}`, '').replaceAll(mark, '').trim();
}

/** The pictures of a record, read from its transcript when they come into view. */
export function RecordImages({ sessionId, index }: { sessionId: string; index: number }) {
  const { connection } = useApp();
  const [images, setImages] = useState<Images | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    connection.client.sessions.images({ id: sessionId as SessionId, index }, { signal: ended.signal }).then(
      ({ items }) => setImages(items),
      (problem: unknown) => !ended.signal.aborted && setError(errorText(problem)),
    );
    return () => ended.abort();
  }, [connection, sessionId, index]);
  if (error) return <p className="mb-3 text-sm text-failed">{error}</p>;
  if (!images) return <div className="mb-3 h-40 rounded-3 bg-well" />;
  if (images.length === 0)
    return (
      <p className="mb-3 flex items-center gap-2 text-sm text-ink-3">
        <ImageOff size={14} aria-hidden /> Its picture is not kept any more.
      </p>
    );
  return (
    <div className="mb-3 flex flex-wrap gap-2">
      {images.map(({ mediaType, data }, place) => (
        <img
          // biome-ignore lint/suspicious/noArrayIndexKey: a picture of a record has no other identity than its place
          key={place}
          src={`data:${mediaType};base64,${data}`}
          alt={`Attachment ${place + 1} of message ${index}`}
          className="max-h-96 max-w-full rounded-3 bg-well object-contain ring-1 ring-hair"
        />
      ))}
    </div>
  );
}
