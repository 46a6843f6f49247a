import { Scale } from 'lucide-react';
import { useRef, useState } from 'react';
import type { Compared, Model } from '../../shared/models.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Problem, SelectField } from '../ui/fields.tsx';
import { duration } from '../ui/format.ts';
import { Progress } from '../ui/progress.tsx';

const example = 'In three sentences: what should a commit message say, and why?';

/** Two models answer the same text, one after the other: what each says, in what time and at what speed. */
export function CompareModels({ models }: { models: readonly Model[] }) {
  const { connection } = useApp();
  const may = useStore((state) => state.access !== 'view');
  const [a, setA] = useState('');
  const [b, setB] = useState('');
  const [text, setText] = useState(example);
  const [results, setResults] = useState<readonly Compared[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [running, setRunning] = useState(false);
  const ending = useRef<AbortController | null>(null);
  const first = a || (models[0]?.name ?? '');
  const second = b || (models[1]?.name ?? first);

  async function run(): Promise<void> {
    const ended = new AbortController();
    ending.current = ended;
    setRunning(true);
    setError(null);
    try {
      const { results: got } = await connection.client.models.compare(
        { models: [first, second], text },
        { signal: ended.signal },
      );
      setResults(got);
    } catch (problem) {
      if (!ended.signal.aborted) setError(errorText(problem));
    } finally {
      setRunning(false);
    }
  }

  const select = (label: string, value: string, set: (name: string) => void) => (
    <SelectField mono aria-label={label} value={value} onChange={(event) => set(event.target.value)}>
      {models.map(({ name }) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </SelectField>
  );

  if (models.length === 0) return <p className="px-4 py-3 text-ink-2">It takes a model. Fetch one first.</p>;
  return (
    <div className="grid gap-3 px-4 py-3">
      <form
        className="grid gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() && !running) void run();
        }}
      >
        <textarea
          aria-label="Text for both models"
          value={text}
          rows={3}
          maxLength={100_000}
          onChange={(event) => setText(event.target.value)}
          className="min-h-16 rounded-3 bg-well px-2 py-1.5 text-ink ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus max-phone:text-[16px]"
        />
        <span className="flex flex-wrap items-center gap-1.5">
          {select('First model', first, setA)}
          <span className="text-sm text-ink-3">and</span>
          {select('Second model', second, setB)}
          {running ? (
            <Button className="max-phone:h-11" onClick={() => ending.current?.abort()}>
              Cancel
            </Button>
          ) : (
            <Button type="submit" icon={Scale} className="max-phone:h-11" disabled={!may || !text.trim()}>
              Compare
            </Button>
          )}
        </span>
      </form>
      {running && <Progress share={null} label="The models answer" />}
      {error && <Problem>{error}</Problem>}
      {results && (
        <div className="grid grid-cols-2 gap-3 max-phone:grid-cols-1">
          {results.map((result, place) => (
            <section
              // biome-ignore lint/suspicious/noArrayIndexKey: the same model may stand on both sides
              key={place}
              aria-label={`Answer of ${result.model}`}
              className="grid content-start gap-1.5 rounded-3 bg-well px-3 py-2 ring-1 ring-inset ring-hair"
            >
              <h3 className="font-medium wrap-anywhere">{result.model}</h3>
              <p className="figures text-sm text-ink-3">
                {duration(result.tookMs, true)}
                {result.firstMs !== null && `, first word after ${duration(result.firstMs, true)}`}
                {result.tokensPerSecond !== null && ` · ${result.tokensPerSecond.toFixed(1)} tokens/s`}
                {result.problem === null && ` · ${result.inputTokens} in, ${result.outputTokens} out`}
              </p>
              {result.problem ? (
                <p className="text-sm text-failed wrap-anywhere">{result.problem}</p>
              ) : (
                <p className="whitespace-pre-wrap wrap-anywhere">{result.output}</p>
              )}
            </section>
          ))}
        </div>
      )}
    </div>
  );
}
