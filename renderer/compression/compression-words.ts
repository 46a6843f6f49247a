import type { Compression, CompressionEngine, CompressionJob, CompressionPreset } from '../../shared/compression.ts';

export const presetNames: Record<CompressionPreset, string> = {
  fast: 'Fast',
  balanced: 'Balanced',
  quality: 'Quality',
};

/** How long the result is, which is what a preset is about besides its model. */
export const presetMeans: Record<CompressionPreset, string> = {
  fast: 'two or three sentences, a small model',
  balanced: 'a paragraph, a middle model',
  quality: 'several paragraphs, a large model',
};

/** Who made it: "Ollama, llama3.2:3b". */
export function madeBy({ engine, model }: { engine: CompressionEngine; model: string | null }): string {
  if (engine === 'extractive') return 'Without a model';
  return `${engine === 'ollama' ? 'Ollama' : 'Claude'}${model ? `, ${model}` : ''}`;
}

/** "41 times shorter", as far as it is. */
export function shorterWords({ ratio }: Pick<Compression, 'ratio'>): string {
  if (ratio <= 0 || ratio >= 1) return 'not shorter';
  const times = 1 / ratio;
  return `${times >= 10 ? Math.round(times) : times.toFixed(1)} times shorter`;
}

export const percent = (part: number): string => `${Math.round(part * 100)} %`;

/** What a job does now, and how much of it is done; null while that is not known. */
export function stepOf({ step, done, total, engine }: CompressionJob): { words: string; share: number | null } {
  const share = total > 0 ? done / total : null;
  switch (step) {
    case 'reading':
      return { words: 'Reading the session', share };
    case 'writing':
      if (engine === 'extractive') return { words: 'Choosing its sentences', share: null };
      return total > 1
        ? { words: `Part ${Math.min(done + 1, total)} of ${total}`, share }
        : { words: 'Waiting for the answer', share: null };
    case 'combining':
      return { words: total > 1 ? `Combining, ${done} of ${total}` : 'Combining the parts', share: null };
    default:
      return { words: 'Choosing who makes it', share: null };
  }
}

/** The whole result as Markdown, to be copied or given to a worker. */
export function compressionText(one: Compression, title: string): string {
  const list = (heading: string, items: readonly string[]): string[] =>
    items.length > 0 ? [`## ${heading}\n\n${items.map((item) => `- ${item}`).join('\n')}`] : [];
  return [
    `# ${title}`,
    one.summary,
    ...(one.topics.length > 0 ? [`Topics: ${one.topics.join(', ')}`] : []),
    ...list(
      'Decisions',
      one.decisions.map(({ text }) => text),
    ),
    ...list(
      'Open points',
      one.openPoints.map(({ text }) => text),
    ),
    ...list('Files', one.files),
  ].join('\n\n');
}
