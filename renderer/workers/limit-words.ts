import type { LimitName, LimitUse } from '../../shared/limit-use.ts';
import type { Limits, Spent } from '../../shared/limits.ts';
import type { Worker } from '../../shared/workers.ts';
import { duration, money, tokens } from '../ui/format.ts';

/** What a worker spent until `now`, its present stretch of work included. */
export function spentOf(worker: Pick<Worker, 'usage' | 'workedMs' | 'state' | 'stateChangedAt'>, now: number): Spent {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd } = worker.usage;
  return {
    tokens: inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens,
    costUsd,
    workedMs: worker.workedMs + (worker.state === 'working' ? Math.max(0, now - worker.stateChangedAt) : 0),
  };
}

export const limitLabels: Record<LimitName, string> = {
  costUsd: 'Money',
  tokens: 'Tokens',
  timeoutSeconds: 'Time at work',
};

/** An amount of one of the limits as people read it: "$3.84", "1.42 M", "48 m". */
export function amountWords(name: LimitName, amount: number): string {
  if (name === 'costUsd') return money(amount);
  if (name === 'tokens') return tokens(Math.round(amount));
  return amount < 1 ? '0 s' : duration(amount * 1000);
}

/** "$2.16 left of $6.00", or by how much it is over. */
export function leftWords(use: LimitUse): string {
  const left = use.limit - use.used;
  return left > 0
    ? `${amountWords(use.name, left)} left of ${amountWords(use.name, use.limit)}`
    : `${amountWords(use.name, use.limit)} used up`;
}

/** All limits in one line: "$6.00, 2.00 M tokens, 2 h 00 m, then stops at once". Null when none is set. */
export function limitsWords(limits: Limits): string | null {
  const parts = [
    limits.costUsd !== undefined ? money(limits.costUsd) : null,
    limits.tokens !== undefined ? `${tokens(limits.tokens)} tokens` : null,
    limits.timeoutSeconds !== undefined ? duration(limits.timeoutSeconds * 1000) : null,
  ].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return `${parts.join(', ')}, ${onLimitWords(limits)}`;
}

/** What happens when a limit is reached. */
export function onLimitWords(limits: Limits): string {
  return limits.onLimit === 'stop' ? 'then stops at once' : 'then pauses after the turn';
}

/** Whether anything is limited. */
export function hasLimits(limits: Limits): boolean {
  return limits.costUsd !== undefined || limits.tokens !== undefined || limits.timeoutSeconds !== undefined;
}

/** How a limit's meter looks: amber from the user's own share on, red when it is reached. */
export function limitTone(part: number, warnPercent: number): 'plain' | 'warn' | 'reached' {
  if (part >= 1) return 'reached';
  return part * 100 >= warnPercent ? 'warn' : 'plain';
}

/** Limits while they are typed. */
export interface LimitDraft {
  costUsd: string;
  tokens: string;
  time: string;
  onLimit: 'pause' | 'stop';
}

/** Limits as they stand in fields. */
export function draftOf(limits: Limits): LimitDraft {
  return {
    costUsd: limits.costUsd === undefined ? '' : String(limits.costUsd),
    tokens: limits.tokens === undefined ? '' : shortCount(limits.tokens),
    time: limits.timeoutSeconds === undefined ? '' : shortTime(limits.timeoutSeconds),
    onLimit: limits.onLimit ?? 'pause',
  };
}

function shortCount(count: number): string {
  if (count % 1_000_000 === 0) return `${count / 1_000_000}M`;
  return count % 1000 === 0 ? `${count / 1000}k` : String(count);
}

function shortTime(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  return [hours ? `${hours}h` : '', minutes ? `${minutes}m` : '', rest ? `${rest}s` : ''].filter(Boolean).join(' ');
}

/** The limits of a draft, or which field is wrong and why. An empty field is no limit. */
export function limitsOf(draft: LimitDraft): { limits: Limits } | { field: keyof LimitDraft; problem: string } {
  const limits: Limits = {};
  const money = draft.costUsd
    .trim()
    .replace(/^\$\s*/, '')
    .replace(',', '.');
  if (money) {
    const costUsd = Number(money);
    if (!(costUsd > 0) || !Number.isFinite(costUsd)) {
      return { field: 'costUsd', problem: 'An amount in dollars, such as 4 or 2.50; empty for none.' };
    }
    limits.costUsd = costUsd;
  }
  if (draft.tokens.trim()) {
    const count = parseCount(draft.tokens);
    if (count === null) return { field: 'tokens', problem: 'A count, such as 500k or 2M; empty for none.' };
    limits.tokens = count;
  }
  if (draft.time.trim()) {
    const seconds = parseSeconds(draft.time);
    if (seconds === null) return { field: 'time', problem: 'A time, such as 45m or 1h 30m; empty for none.' };
    if (seconds > 31_536_000) return { field: 'time', problem: 'At most a year.' };
    limits.timeoutSeconds = seconds;
  }
  if (hasLimits(limits)) limits.onLimit = draft.onLimit;
  return { limits };
}

/** "500k", "2 M", "1,000,000" as a whole number above zero. */
function parseCount(text: string): number | null {
  const match = /^([\d][\d\s,_']*(?:\.\d+)?)\s*([km]?)$/i.exec(text.trim());
  if (!match) return null;
  const factor = { '': 1, k: 1000, m: 1_000_000 }[match[2]?.toLowerCase() ?? ''] ?? 1;
  const count = Math.round(Number((match[1] ?? '').replace(/[\s,_']/g, '')) * factor);
  return Number.isSafeInteger(count) && count > 0 ? count : null;
}

/** "90" (minutes), "45m", "1h 30m", "30 s" as whole seconds above zero. */
function parseSeconds(text: string): number | null {
  const clean = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(clean)) return positive(Math.round(Number(clean) * 60));
  const match = /^(?:(\d+(?:\.\d+)?)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+)\s*s)?$/.exec(clean);
  if (!match) return null;
  return positive(Math.round(Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0)));
}

function positive(value: number): number | null {
  return value > 0 ? value : null;
}
