import { FoldVertical } from 'lucide-react';
import { useState } from 'react';
import { type CompressionEngine, type CompressionPreset, compressionPresets } from '../../shared/compression.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Segments, SelectField } from '../ui/fields.tsx';
import { presetMeans, presetNames } from './compression-words.ts';
import type { CompressWish } from './use-compressions.ts';

/** Who is to make it, and how long it may be. */
export function CompressForm({
  onBegin,
  onClose,
}: {
  onBegin: (wish: CompressWish) => void;
  /** Null where there is nothing behind it. */
  onClose: (() => void) | null;
}) {
  const usual = useStore((state) => state.rows.settings?.values.compressionPreset) ?? 'balanced';
  const [preset, setPreset] = useState<CompressionPreset>(usual);
  const [engine, setEngine] = useState<CompressionEngine | 'best'>('best');
  return (
    <form
      aria-label="Compress the session"
      className="grid justify-items-start gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onBegin({ preset, engine: engine === 'best' ? null : engine });
      }}
    >
      <Segments
        label="Preset"
        value={preset}
        onChange={setPreset}
        options={compressionPresets.map((value) => ({
          value,
          label: presetNames[value],
          title: `${presetNames[value]}: ${presetMeans[value]}`,
        }))}
      />
      <span className="flex flex-wrap gap-1.5">
        <SelectField
          aria-label="Made by"
          value={engine}
          onChange={(event) => setEngine(event.target.value as CompressionEngine | 'best')}
        >
          <option value="best">Best without cost</option>
          <option value="ollama">Ollama</option>
          <option value="claude">Claude (costs money)</option>
          <option value="extractive">Without a model</option>
        </SelectField>
        <Button type="submit" look="primary" icon={FoldVertical} className="max-phone:h-11">
          Compress
        </Button>
        {onClose && (
          <Button look="ghost" className="max-phone:h-11" onClick={onClose}>
            Not now
          </Button>
        )}
      </span>
    </form>
  );
}
