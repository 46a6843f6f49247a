import type { CompressionPreset } from '../../../shared/compression.ts';
import type { ModelEngine } from './ask-model.ts';

/** Of Ollama, as far as it is used here. */
export interface OllamaAccess {
  chat(input: {
    model: string;
    system: string;
    text: string;
    format: object;
    contextTokens: number;
    signal: AbortSignal;
  }): Promise<{ text: string; inputTokens: number; outputTokens: number }>;
  show(model: string, signal: AbortSignal): Promise<{ contextTokens: number | null; embeds: boolean }>;
  /** What is known of it, looked at in the last seconds. */
  lately(): Promise<{
    state: string;
    problem: string | null;
    models: { name: string; sizeBytes: number; family: string | null }[];
  }>;
}

/** Tokens a model holds in mind at once: more takes memory and time, so a preset takes what it is for. */
const contextOfPreset: Record<CompressionPreset, number> = { fast: 4096, balanced: 8192, quality: 16_384 };
const partsOfPreset: Record<CompressionPreset, number> = { fast: 12, balanced: 24, quality: 60 };

/** Instructions and the answer take this much of the context. */
const reservedTokens = 1400;
/** Cautious: English has four bytes in a token, code and other scripts about three. */
const bytesOfToken = 3;

/** The model a preset is to use: its own, or the nearest one that is installed; and why. */
export function chooseModel(
  preset: CompressionPreset,
  presets: Record<CompressionPreset, string>,
  installed: readonly { name: string; sizeBytes: number; family: string | null }[],
): { model: string; why: string } | null {
  const has = (name: string) => installed.find((model) => model.name === name || model.name === `${name}:latest`)?.name;
  const wanted = presets[preset];
  const own = has(wanted);
  if (own) return { model: own, why: `Ollama has ${own}, the model of the preset “${preset}”.` };
  const order: Record<CompressionPreset, CompressionPreset[]> = {
    fast: ['balanced', 'quality'],
    balanced: ['fast', 'quality'],
    quality: ['balanced', 'fast'],
  };
  const instead = `Ollama has not fetched ${wanted}, the model of the preset “${preset}”, so`;
  for (const other of order[preset]) {
    const found = has(presets[other]);
    if (found) return { model: found, why: `${instead} ${found} of the preset “${other}” was used.` };
  }
  const [largest] = installed
    .filter(({ name, family }) => !/embed|bert/i.test(`${name} ${family ?? ''}`))
    .sort((a, b) => b.sizeBytes - a.sizeBytes);
  return largest ? { model: largest.name, why: `${instead} ${largest.name} was used, the largest one there.` } : null;
}

/** A model of Ollama's; its context, and so its parts, are as large as preset and model allow. */
export async function createOllamaEngine(
  ollama: OllamaAccess,
  model: string,
  preset: CompressionPreset,
  signal: AbortSignal,
): Promise<ModelEngine> {
  const { contextTokens: own } = await ollama.show(model, signal);
  const contextTokens = Math.max(2048, Math.min(contextOfPreset[preset], own ?? contextOfPreset[preset]));
  return {
    key: `ollama ${model} ${contextTokens}`,
    partBytes: (contextTokens - reservedTokens) * bytesOfToken,
    mostParts: partsOfPreset[preset],
    async ask({ system, text, format, signal: ending }) {
      const answer = await ollama.chat({ model, system, text, format, contextTokens, signal: ending });
      return { ...answer, costUsd: 0 };
    },
  };
}
