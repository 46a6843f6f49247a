import type { MessageTokens } from './facts.ts';

/** US dollars for a million tokens, and the part of an input token's price that one read from the cache costs. */
interface Price {
  input: number;
  output: number;
  cacheReadPart: number;
  /** Prompts of more tokens than this cost this many times as much. */
  longPrompt?: { overTokens: number; times: number };
}

/** Writing to the cache costs this part of an input token. */
const cacheWritePart = 1.25;

/**
 * List prices by model, as the CLI reckons with them; the first name that matches counts. A test asks the CLI and compares.
 */
const prices: readonly [name: RegExp, price: Price][] = [
  [/opus-5-5/, { input: 4, output: 20, cacheReadPart: 0.05 }],
  [/opus-4(-0|-1)?(-\d{8})?$|3-opus/, { input: 15, output: 75, cacheReadPart: 0.1 }],
  [/opus/, { input: 5, output: 25, cacheReadPart: 0.1 }],
  [/sonnet-5-5/, { input: 2, output: 10, cacheReadPart: 0.05 }],
  [/sonnet-5/, { input: 2, output: 10, cacheReadPart: 0.1 }],
  [/sonnet/, { input: 3, output: 15, cacheReadPart: 0.1 }],
  [/haiku-5-5/, { input: 0.1, output: 0.5, cacheReadPart: 0.1, longPrompt: { overTokens: 100_000, times: 5 } }],
  [/3-5-haiku/, { input: 0.8, output: 4, cacheReadPart: 0.1 }],
  [/3-haiku/, { input: 0.25, output: 1.25, cacheReadPart: 0.1 }],
  [/haiku/, { input: 1, output: 5, cacheReadPart: 0.1 }],
  [/(fable|mythos)-5-2/, { input: 8, output: 40, cacheReadPart: 0.025 }],
  [/(fable|mythos)-5-1/, { input: 10, output: 50, cacheReadPart: 0.025 }],
  [/fable|mythos/, { input: 10, output: 50, cacheReadPart: 0.1 }],
];

/** For a model of another name: as the CLI does, the price of its default model. */
const otherwise: Price = { input: 4, output: 20, cacheReadPart: 0.05 };

/**
 * What tokens of one model message cost at list price, in US dollars: an estimate for the time until the CLI says its own
 * total, which also counts its side requests.
 */
export function estimateCostUsd(tokens: MessageTokens, model: string | null): number {
  const price = prices.find(([pattern]) => pattern.test(model ?? ''))?.[1] ?? otherwise;
  const input =
    tokens.inputTokens + price.cacheReadPart * tokens.cacheReadTokens + cacheWritePart * tokens.cacheWriteTokens;
  const promptTokens = tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens;
  const times = price.longPrompt && promptTokens > price.longPrompt.overTokens ? price.longPrompt.times : 1;
  return (times * (input * price.input + tokens.outputTokens * price.output)) / 1_000_000;
}
