import { Download, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import type { Model, ModelsView, Pull } from '../../shared/models.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Problem, TextField } from '../ui/fields.tsx';
import { bytes } from '../ui/format.ts';
import { Progress } from '../ui/progress.tsx';

/** The models that are there and on their way, with what fetches and deletes them. */
export function ModelList({ view, wanted }: { view: ModelsView; wanted: readonly string[] }) {
  const { connection } = useApp();
  const admin = useStore((state) => state.access === 'admin');
  const [error, setError] = useState<string | null>(null);
  const has = (name: string): boolean =>
    [...view.models, ...view.pulls].some((model) => model.name === name || model.name === `${name}:latest`);
  const missing = [...new Set(wanted)].filter((name) => !has(name));
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      setError(null);
      return true;
    } catch (problem) {
      setError(errorText(problem));
      return false;
    }
  };
  const pull = (name: string): Promise<boolean> => attempt(() => connection.client.models.pull({ name }));
  return (
    <div className="grid gap-3 px-4 py-3">
      {error && <Problem>{error}</Problem>}
      {view.models.length === 0 && view.pulls.length === 0 && (
        <p className="text-ink-2">
          {view.state === 'present'
            ? 'None yet. Fetch one: a few gigabytes each.'
            : 'Not known while Ollama does not answer.'}
        </p>
      )}
      {(view.models.length > 0 || view.pulls.length > 0) && (
        <ul className="grid gap-px" aria-label="Models">
          {view.pulls.map((one) => (
            <PullRow
              key={one.name}
              pull={one}
              disabled={!admin}
              onEnd={() => void attempt(() => connection.client.models.cancelPull({ name: one.name }))}
            />
          ))}
          {view.models.map((model) => (
            <ModelRow
              key={model.name}
              model={model}
              disabled={!admin}
              onRemove={() =>
                void attempt(() => connection.client.models.remove({ name: model.name })).then(
                  (done) =>
                    done &&
                    tell(`${model.name} was deleted.`, {
                      action: { label: 'Fetch again', run: () => void pull(model.name) },
                    }),
                )
              }
            />
          ))}
        </ul>
      )}
      {missing.length > 0 && view.state === 'present' && (
        <p className="flex flex-wrap items-center gap-1.5 text-sm text-ink-2">
          Set below, not here yet:
          {missing.map((name) => (
            <Button
              key={name}
              size="sm"
              icon={Download}
              className="max-phone:h-11"
              disabled={!admin}
              onClick={() => void pull(name)}
            >
              {name}
            </Button>
          ))}
        </p>
      )}
      <FetchForm disabled={!admin || view.state !== 'present'} onFetch={pull} />
    </div>
  );
}

function ModelRow({ model, disabled, onRemove }: { model: Model; disabled: boolean; onRemove: () => void }) {
  return (
    <li className="flex min-h-8 flex-wrap items-center gap-x-3">
      <b className="min-w-0 font-medium wrap-anywhere">{model.name}</b>
      <span className="figures text-sm text-ink-3">
        {[bytes(model.sizeBytes), model.parameters, model.quantization, model.family].filter(Boolean).join(' · ')}
      </span>
      <Button
        look="ghost"
        size="sm"
        icon={Trash2}
        aria-label={`Delete ${model.name}`}
        className="ml-auto max-phone:size-11"
        disabled={disabled}
        onClick={onRemove}
      />
    </li>
  );
}

function PullRow({ pull, disabled, onEnd }: { pull: Pull; disabled: boolean; onEnd: () => void }) {
  if (pull.state === 'failed')
    return (
      <li>
        <Problem
          action={
            <Button size="xs" disabled={disabled} onClick={onEnd}>
              Close
            </Button>
          }
        >
          {pull.name}: {pull.problem}
        </Problem>
      </li>
    );
  const share = pull.totalBytes > 0 ? pull.doneBytes / pull.totalBytes : null;
  return (
    <li className="grid gap-1.5 py-1">
      <span className="flex flex-wrap items-center gap-x-3">
        <b className="font-medium wrap-anywhere">{pull.name}</b>
        <span className="figures min-w-0 flex-1 truncate text-sm text-ink-3">
          {share === null
            ? pull.status
            : `${Math.floor(share * 100)} %, ${bytes(pull.doneBytes)} of ${bytes(pull.totalBytes)} · ${pull.status}`}
        </span>
        <Button size="sm" icon={X} className="max-phone:h-11" disabled={disabled} onClick={onEnd}>
          Cancel
        </Button>
      </span>
      <Progress share={share} label={`Fetching ${pull.name}`} />
    </li>
  );
}

function FetchForm({ disabled, onFetch }: { disabled: boolean; onFetch: (name: string) => Promise<boolean> }) {
  const [name, setName] = useState('');
  return (
    <form
      className="flex flex-wrap gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) void onFetch(name.trim()).then((done) => done && setName(''));
      }}
    >
      <TextField
        mono
        aria-label="Name of a model to fetch"
        placeholder="llama3.2:3b"
        value={name}
        disabled={disabled}
        onChange={(event) => setName(event.target.value)}
        className="w-56 max-phone:w-full"
      />
      <Button type="submit" icon={Download} className="max-phone:h-11" disabled={disabled || !name.trim()}>
        Fetch
      </Button>
    </form>
  );
}
