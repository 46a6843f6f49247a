import { useState } from 'react';
import type { WorktreeId } from '../../shared/ids.ts';
import { readablePath } from '../../shared/repository-path.ts';
import type { ReviewFile } from '../../shared/review.ts';
import { useAsked } from '../data/use-asked.ts';
import { Problem, Segments } from '../ui/fields.tsx';
import { bytes } from '../ui/format.ts';

const ways = { beside: 'Side by side', swipe: 'Swipe', onion: 'Onion skin' } as const;
type Way = keyof typeof ways;

/** Where nothing is drawn shows: a picture may be see-through. */
const ground =
  'bg-[repeating-conic-gradient(var(--line-soft)_0_25%,transparent_0_50%)] [background-size:16px_16px] rounded-2 ring-1 ring-hair';

interface Side {
  source: string;
  sizeBytes: number;
}

function useSide(id: WorktreeId, blob: string | null, type: string) {
  const { value, error } = useAsked(blob && `${id} ${blob}`, '', (client, signal) =>
    client.review.content({ id, blob: blob ?? '' }, { signal }),
  );
  const side: Side | null = value && { source: `data:${type};base64,${value.content}`, sizeBytes: value.sizeBytes };
  return { side, error };
}

/** A picture as it was and as it is: beside each other, or over each other. */
export function PictureCompare({ id, file, type }: { id: WorktreeId; file: ReviewFile; type: string }) {
  const before = useSide(id, file.oldId === file.newId ? null : file.oldId, type);
  const after = useSide(id, file.newId, type);
  const [way, setWay] = useState<Way>('beside');
  const [share, setShare] = useState(50);
  const name = readablePath(file.path);
  const both = before.side !== null && after.side !== null;
  const problem = before.error ?? after.error;
  return (
    <section aria-label="Pictures" className="grid w-full justify-items-start gap-3">
      {problem && <Problem>{problem}</Problem>}
      {both && (
        <Segments
          small
          label="Compare the pictures"
          value={way}
          onChange={setWay}
          options={(Object.keys(ways) as Way[]).map((one) => ({ value: one, label: ways[one] }))}
        />
      )}
      {way === 'beside' || !both ? (
        <div className="flex max-w-full flex-wrap items-start gap-6">
          {before.side && <Figure side={before.side} name={`${name}, before`} word="Before" look="text-failed" />}
          {after.side && (
            <Figure
              side={after.side}
              name={`${name}, after`}
              word={file.oldId === null ? 'Added' : both ? 'After' : 'Now'}
              look="text-done"
            />
          )}
        </div>
      ) : (
        before.side &&
        after.side && (
          <Over before={before.side} after={after.side} name={name} way={way} share={share} onShare={setShare} />
        )
      )}
    </section>
  );
}

function Figure({ side, name, word, look }: { side: Side; name: string; word: string; look: string }) {
  const [size, setSize] = useState<string | null>(null);
  return (
    <figure className="grid min-w-0 gap-2">
      <figcaption className="figures text-sm text-ink-3">
        <b className={`font-medium ${look}`}>{word}</b> {size && `${size}, `}
        {bytes(side.sizeBytes)}
      </figcaption>
      <img
        src={side.source}
        alt={name}
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setSize(`${naturalWidth} × ${naturalHeight}`)}
        className={`max-h-[60vh] max-w-full ${ground}`}
      />
    </figure>
  );
}

/** Both pictures at one place: the newer one from a line on, or more and more of it. */
function Over({
  before,
  after,
  name,
  way,
  share,
  onShare,
}: {
  before: Side;
  after: Side;
  name: string;
  way: 'swipe' | 'onion';
  share: number;
  onShare: (share: number) => void;
}) {
  const words = way === 'swipe' ? 'Where the newer picture begins' : 'How much of the newer picture';
  return (
    <div className="grid max-w-full justify-items-stretch gap-3">
      <div className={`relative grid w-fit max-w-full min-w-24 ${ground}`}>
        <img src={before.source} alt={`${name}, before`} className="[grid-area:1/1] max-h-[60vh] max-w-full" />
        <img
          src={after.source}
          alt={`${name}, after`}
          className="[grid-area:1/1] max-h-[60vh] max-w-full"
          style={way === 'swipe' ? { clipPath: `inset(0 0 0 ${share}%)` } : { opacity: share / 100 }}
        />
        {way === 'swipe' && (
          <span aria-hidden className="absolute inset-y-0 w-0.5 bg-accent" style={{ left: `calc(${share}% - 1px)` }} />
        )}
      </div>
      <label className="flex items-center gap-3 text-sm text-ink-3 max-phone:min-h-11">
        Before
        <input
          type="range"
          aria-label={words}
          min={0}
          max={100}
          value={share}
          onChange={(event) => onShare(Number(event.target.value))}
          className="min-w-40 flex-1 accent-(--accent)"
        />
        After
      </label>
    </div>
  );
}
