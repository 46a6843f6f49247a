import type { Limits, Spent } from './limits.ts';

/* Apart from the schemas, so that the page does not carry those. */

/** Parts of a limit, each with how much of it is used. */
export const limitNames = ['timeoutSeconds', 'tokens', 'costUsd'] as const;
export type LimitName = (typeof limitNames)[number];

export interface LimitUse {
  name: LimitName;
  used: number;
  limit: number;
  /** `used` of `limit`; 1 and more is reached. */
  part: number;
}

/** How much of each limit that is set is used, the most used first. */
export function limitUse(limits: Limits, spent: Spent): LimitUse[] {
  const used = { timeoutSeconds: spent.workedMs / 1000, tokens: spent.tokens, costUsd: spent.costUsd };
  return limitNames
    .flatMap((name) => {
      const limit = limits[name];
      return limit === undefined ? [] : [{ name, used: used[name], limit, part: used[name] / limit }];
    })
    .sort((a, b) => b.part - a.part);
}
