import type { MessageTokens } from './facts.ts';

/** US dollars for a million tokens. */
interface Price {
  input: number;
  output: number;
}

/** Reading the cache and writing to it cost these parts of an input token. */
const cacheReadPart = 0.1;
const cacheWritePart = 1.25;

/**
 * List prices by model family, as the CLI reckons with them; the first name that matches counts. A test compares them
 * with what the CLI says.
 */
const prices: readonly [name: RegExp, price: Price][] = [
  [/opus-4(-0|-1)?(-\d{8})?$|3-opus/, { input: 15, output: 75 }],
  [/opus/, { input: 5, output: 25 }],
  [/sonnet/, { input: 3, output: 15 }],
  [/3-5-haiku/, { input: 0.8, output: 4 }],
  [/3-haiku/, { input: 0.25, output: 1.25 }],
  [/haiku/, { input: 1, output: 5 }],
];

/** For a model of another name: as the CLI does, the price of its default model. */
const otherwise: Price = { input: 5, output: 25 };

/**
 * What tokens cost at list price, in US dollars: an estimate for the time until the CLI says its own total, which also
 * counts its side requests.
 */
export function estimateCostUsd(tokens: MessageTokens, model: string | null): number {
  const name = (model ?? '').replace(/\[1m\]$/, '');
  const price = prices.find(([pattern]) => pattern.test(name))?.[1] ?? otherwise;
  const input = tokens.inputTokens + cacheReadPart * tokens.cacheReadTokens + cacheWritePart * tokens.cacheWriteTokens;
  return (input * price.input + tokens.outputTokens * price.output) / 1_000_000;
}
