import { useCallback, useMemo, useRef, useState } from 'react';
import type { WorktreeId } from '../../shared/ids.ts';
import type { Comparison, ReviewFile, ReviewFileDiff } from '../../shared/review.ts';
import { useApp } from '../app/app-context.ts';
import { errorCode, errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { useOnChange } from '../ui/use-on-change.ts';
import { gapsOf, type HiddenLine, joinParts } from './diff-rows.ts';
import { comparisonKey } from './review-place.ts';

/** Lines of the first part, and of each that is fetched when its end is near. */
const firstLines = 3000;
const moreLines = 15_000;

export interface FileDiff {
  diff: ReviewFileDiff | null;
  error: string | null;
  /** Hidden lines that were asked for, by gap. */
  shown: ReadonlyMap<number, readonly HiddenLine[]>;
  /** Fetches the next part of a long difference. */
  more: () => void;
  /** Shows lines of a gap: `from` and `count` of its newer side. */
  reveal: (gap: number, from: number, count: number) => void;
  again: () => void;
}

interface Held {
  about: string;
  /** The content the parts are of. */
  content: string;
  parts: readonly ReviewFileDiff[];
  shown: ReadonlyMap<number, readonly HiddenLine[]>;
  error: string | null;
}

const nothing: ReadonlyMap<number, readonly HiddenLine[]> = new Map();

/** The difference of a file, fetched in parts as they are looked at, and anew when its content or a comment changes. */
export function useFileDiff(
  id: WorktreeId,
  comparison: Comparison,
  file: ReviewFile | null,
  options: { large: boolean; ignoreSpaces: boolean },
): FileDiff {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const changed = useStore((state) => state.rows.reviewChanges[id] ?? 0);
  const [held, setHeld] = useState<Held | null>(null);
  const [turn, setTurn] = useState(0);
  const path = file?.path ?? null;
  const about = `${id} ${comparisonKey(comparison)} ${path} ${options.large} ${options.ignoreSpaces}`;
  const content = `${file?.oldId} ${file?.newId}`;
  const fetching = useRef(false);

  useOnChange(() => {
    if (path === null || epoch === 0) return;
    const ended = new AbortController();
    connection.client.review
      .file({ id, ...comparison, path, limit: firstLines, ...options }, { signal: ended.signal })
      .then((first) => {
        setHeld((before) => {
          const present = `${first.file.oldId} ${first.file.newId}`;
          const same = before?.about === about && before.content === present;
          // Of the same content only comments can have changed: what was fetched and opened of it stays.
          const parts = same ? before.parts.map((part) => ({ ...part, comments: first.comments })) : [first];
          return { about, content: present, parts, shown: same ? before.shown : nothing, error: null };
        });
      })
      .catch((error: unknown) => {
        if (ended.signal.aborted) return;
        // It does not differ any more: the list says so in a moment.
        if (errorCode(error) === 'NOT_FOUND') return;
        setHeld((before) =>
          before?.about === about
            ? { ...before, error: errorText(error) }
            : { about, content, parts: [], shown: nothing, error: errorText(error) },
        );
      });
    return () => ended.abort();
  }, [`${about} ${content} ${epoch} ${changed} ${turn}`]);

  const present = held?.about === about ? held : null;
  const diff = useMemo(() => joinParts(present?.parts ?? []), [present?.parts]);

  const more = useCallback((): void => {
    if (!diff || diff.nextCursor === null || path === null || fetching.current) return;
    fetching.current = true;
    connection.client.review
      .file({ id, ...comparison, path, cursor: diff.nextCursor, limit: moreLines, ...options })
      .then((part) => {
        setHeld((before) => {
          const fits =
            before?.about === about &&
            before.content === `${part.file.oldId} ${part.file.newId}` &&
            before.parts.at(-1)?.nextCursor === diff.nextCursor;
          return fits ? { ...before, parts: [...before.parts, part] } : before;
        });
      })
      .catch((error: unknown) =>
        setHeld((before) => (before?.about === about ? { ...before, error: errorText(error) } : before)),
      )
      .finally(() => {
        fetching.current = false;
      });
  }, [connection, id, comparison, path, about, diff, options]);

  const reveal = useCallback(
    (index: number, from: number, count: number): void => {
      const gap = diff ? gapsOf(diff)[index] : null;
      if (!diff || !gap) return;
      const fresh = diff.file.newId !== null;
      const blob = fresh ? diff.file.newId : diff.file.oldId;
      if (!blob) return;
      const shift = gap.old - gap.new;
      const start = fresh ? from : from + shift;
      connection.client.review
        .lines({ id, blob, from: start, to: start + count - 1 })
        .then(({ lines }) => {
          const found = lines.map(
            (line, place): HiddenLine => ({ ...line, new: from + place, old: from + place + shift }),
          );
          setHeld((before) => {
            if (before?.about !== about) return before;
            const known = new Map((before.shown.get(index) ?? []).map((line) => [line.new, line]));
            for (const line of found) known.set(line.new, line);
            return { ...before, shown: new Map(before.shown).set(index, [...known.values()]) };
          });
        })
        .catch((error: unknown) =>
          setHeld((before) => (before?.about === about ? { ...before, error: errorText(error) } : before)),
        );
    },
    [connection, id, about, diff],
  );

  return {
    diff,
    error: present?.error ?? null,
    shown: present?.shown ?? nothing,
    more,
    reveal,
    again: () => setTurn((before) => before + 1),
  };
}
