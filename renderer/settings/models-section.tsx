import { useCallback, useEffect, useState } from 'react';
import { type AnswerCache, type CompressionPreset, compressionPresets } from '../../shared/compression.ts';
import type { MeaningState } from '../../shared/meaning.ts';
import { useApp } from '../app/app-context.ts';
import { presetMeans, presetNames } from '../compression/compression-words.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { useStream } from '../data/use-stream.ts';
import { CompareModels } from '../models/compare-models.tsx';
import { ModelList } from '../models/model-list.tsx';
import { OllamaState } from '../models/ollama-state.tsx';
import { Button } from '../ui/button.tsx';
import { Problem, Segments } from '../ui/fields.tsx';
import { bytes, plural } from '../ui/format.ts';
import { Panel, SettingRow } from './panel.tsx';
import { SavedText } from './saved-text.tsx';
import { useSetting } from './use-setting.ts';

/** Ollama and its models, how sessions are compressed, and what is kept of models' answers. */
export function ModelsSection() {
  const { value: view, error } = useStream('models', (client, signal) => client.models.watch(undefined, { signal }));
  const presets = useSetting('compressionModels');
  const embedder = useSetting('embeddingModel');
  return (
    <>
      <Panel
        title="Ollama"
        about="Runs models on a machine of yours. Without it sessions are compressed without a model."
      >
        {error && <Problem className="mx-4 mt-3">{error}</Problem>}
        {view ? <OllamaState view={view} /> : !error && <p className="px-4 py-3 text-ink-3">Looking…</p>}
        <Where />
      </Panel>
      {view && (
        <Panel title="Models" about="What Ollama has. Names are those of its library.">
          <ModelList
            view={view}
            wanted={[...Object.values(presets.value ?? {}), ...(embedder.value ? [embedder.value] : [])]}
          />
        </Panel>
      )}
      <PresetsPanel />
      {view && (
        <Panel title="Side by side" about="Two models answer the same text, one after the other.">
          <CompareModels models={view.models} />
        </Panel>
      )}
      <MeaningPanel />
      <CachePanel />
    </>
  );
}

function Where() {
  const host = useSetting('ollamaHost');
  return (
    <>
      <SettingRow label="Host" hint="the machine it runs on" error={host.error} lockedBy={host.lockedBy}>
        <SavedText
          label="Host of Ollama"
          mono
          value={host.value ?? ''}
          disabled={host.disabled}
          invalid={host.error !== null}
          onSave={(value) => void host.save(value.trim())}
          className="w-56"
        />
      </SettingRow>
      <NumberRow setting="ollamaPort" label="Port" hint="11434 unless it was changed" min={1} max={65_535} />
      <NumberRow
        setting="ollamaTimeoutSeconds"
        label="Time limit"
        hint="seconds without a sign of life; a model that is being loaded gives none"
        min={1}
        max={3600}
      />
      <NumberRow
        setting="ollamaRetries"
        label="Retries"
        hint="after a failure that may pass, with growing pauses"
        min={0}
        max={10}
      />
    </>
  );
}

function NumberRow({
  setting,
  label,
  hint,
  min,
  max,
}: {
  setting: 'ollamaPort' | 'ollamaTimeoutSeconds' | 'ollamaRetries' | 'compressionCacheMib';
  label: string;
  hint: string;
  min: number;
  max: number;
}) {
  const { value, error, lockedBy, disabled, save } = useSetting(setting);
  return (
    <SettingRow label={label} hint={hint} error={error} lockedBy={lockedBy}>
      <SavedText
        label={label}
        type="number"
        min={min}
        max={max}
        value={String(value ?? '')}
        disabled={disabled}
        invalid={error !== null}
        onSave={(typed) => void save(Number(typed))}
        className="w-24"
      />
    </SettingRow>
  );
}

function PresetsPanel() {
  const usual = useSetting('compressionPreset');
  const models = useSetting('compressionModels');
  return (
    <Panel
      title="Compression"
      about="How long a session in few words is, and which model of Ollama's makes it. One that is not there is stood in for by the nearest."
    >
      <SettingRow
        label="Usual preset"
        hint={presetMeans[usual.value ?? 'balanced']}
        error={usual.error}
        lockedBy={usual.lockedBy}
      >
        <Segments
          label="Usual preset"
          value={usual.value ?? 'balanced'}
          disabled={usual.disabled}
          onChange={(value) => void usual.save(value)}
          options={compressionPresets.map((value) => ({ value, label: presetNames[value] }))}
        />
      </SettingRow>
      {compressionPresets.map((preset: CompressionPreset) => (
        <SettingRow key={preset} label={presetNames[preset]} lockedBy={models.lockedBy}>
          <SavedText
            label={`Model of the preset ${presetNames[preset]}`}
            mono
            value={models.value?.[preset] ?? ''}
            disabled={models.disabled}
            invalid={models.error !== null}
            onSave={(value) => {
              if (models.value) void models.save({ ...models.value, [preset]: value.trim() });
            }}
            className="w-56"
          />
        </SettingRow>
      ))}
      {models.error && (
        <p role="alert" className="px-4 pb-2 text-sm text-failed">
          {models.error} The last good models hold.
        </p>
      )}
    </Panel>
  );
}

/** The embedding model that is fetched for a search by meaning where none is named. */
const usualEmbedder = 'nomic-embed-text';

function MeaningPanel() {
  const { connection } = useApp();
  const model = useSetting('embeddingModel');
  const epoch = useStore((state) => state.epoch);
  const [state, setState] = useState<MeaningState | null>(null);
  const set = model.value;
  useEffect(() => {
    if (epoch === 0) return;
    const ended = new AbortController();
    connection.client.meaning.state(undefined, { signal: ended.signal }).then(setState, (problem: unknown) => {
      if (!ended.signal.aborted)
        setState({ state: 'waiting', model: set ?? '', known: 0, problem: errorText(problem) });
    });
    return () => ended.abort();
  }, [connection, epoch, set]);
  return (
    <Panel
      title="Search by meaning"
      about="Finds prompts and answers that say the same in other words. An embedding model of Ollama's reads them once."
    >
      <SettingRow
        label="Embedding model"
        hint={`such as ${usualEmbedder}; empty: off`}
        error={model.error}
        lockedBy={model.lockedBy}
      >
        <SavedText
          label="Embedding model"
          mono
          placeholder="off"
          value={set ?? ''}
          disabled={model.disabled}
          invalid={model.error !== null}
          onSave={(value) => void model.save(value.trim())}
          className="w-56"
        />
      </SettingRow>
      {set && state && (
        <p className="figures px-4 pb-3 text-sm text-ink-2" role="status">
          {state.state === 'waiting'
            ? `It waits: ${state.problem ?? 'Ollama does not answer.'}`
            : `${plural(state.known, 'prompt or answer', 'prompts and answers')} known${state.state === 'up-to-date' ? '.' : ' so far; the rest is being read.'}`}
        </p>
      )}
    </Panel>
  );
}

function CachePanel() {
  const { connection } = useApp();
  const admin = useStore((state) => state.access === 'admin');
  const epoch = useStore((state) => state.epoch);
  const [cache, setCache] = useState<AnswerCache | null>(null);
  const [error, setError] = useState<string | null>(null);
  const take = useCallback(
    (call: Promise<AnswerCache>, signal?: AbortSignal): void =>
      void call.then(
        (view) => {
          setCache(view);
          setError(null);
        },
        (problem: unknown) => !signal?.aborted && setError(errorText(problem)),
      ),
    [],
  );
  useEffect(() => {
    if (epoch === 0) return;
    const ended = new AbortController();
    take(connection.client.compression.cache(undefined, { signal: ended.signal }), ended.signal);
    return () => ended.abort();
  }, [connection, epoch, take]);
  return (
    <Panel
      title="Kept answers"
      about="What a model said of a part of a session is kept, so that a session that has grown is not read whole again."
      end={
        <Button
          size="sm"
          className="max-phone:h-11"
          disabled={!admin || !cache || cache.entries === 0}
          onClick={() => take(connection.client.compression.clearCache())}
        >
          Clear
        </Button>
      }
    >
      {error && <Problem className="mx-4 mt-3">{error}</Problem>}
      {cache && (
        <p className="figures px-4 py-3 text-ink-2" role="status">
          {cache.entries === 0
            ? 'Nothing is kept yet.'
            : `${plural(cache.entries, 'answer')}, ${bytes(cache.sizeBytes)}; of them ${cache.memoryEntries} in memory, ${bytes(cache.memoryBytes)}.`}{' '}
          <span className="text-ink-3">
            {cache.hitRate === null
              ? 'None was asked for since the start.'
              : `Since the start ${cache.hits} of ${cache.hits + cache.misses} were there already: ${Math.round(cache.hitRate * 100)} %.`}
          </span>
        </p>
      )}
      <NumberRow setting="compressionCacheMib" label="At most" hint="MiB on disk; 0 keeps none" min={0} max={4096} />
    </Panel>
  );
}
