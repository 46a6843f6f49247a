import type { SessionRecord } from './sessions.ts';

/** A message that was chosen to be given to a new worker. */
export interface ChosenMessage {
  sessionId: string;
  /** Of its session. */
  title: string;
  index: number;
  role: SessionRecord['role'];
  toolName: string | null;
  text: string;
}

/**
 * About how many tokens a text is: four letters of a Latin text each, and nearly one for each character of scripts
 * without an alphabet. For a budget, not for a bill: only the model's own tokenizer knows.
 */
export function estimateTokens(text: string): number {
  let narrow = 0;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) < 0x2e80) narrow += 1;
  return Math.ceil(narrow / 4 + (text.length - narrow) * 0.9);
}

const speakers: Record<SessionRecord['role'], string> = {
  user: 'User',
  assistant: 'Claude',
  thinking: 'Claude, thinking',
  tool: 'Tool call',
  result: 'Tool output',
  system: 'Notice',
};

function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const half = Math.floor(length / 2);
  return `${text.slice(0, length - half)}\n[… ${text.length - length} characters left out …]\n${text.slice(text.length - half)}`;
}

function written(messages: readonly ChosenMessage[], longest: number): string {
  const parts: string[] = [];
  let session = '';
  for (const message of messages) {
    if (message.sessionId !== session) parts.push(`## From the session “${message.title}”`);
    session = message.sessionId;
    const tool = message.toolName ? ` (${message.toolName})` : '';
    parts.push(`### ${speakers[message.role]}${tool}\n\n${shortened(message.text.trim(), longest)}`);
  }
  return parts.join('\n\n');
}

/**
 * Chosen messages as the beginning of a prompt, in the order of their sessions. Over the budget the longest ones lose
 * their middles, each to the same length, until all fit; `cut` says how many did. Messages so many that not even their
 * beginnings fit stay over the budget: choosing fewer is for the person to do.
 */
export function contextText(
  messages: readonly ChosenMessage[],
  budgetTokens: number,
): { text: string; tokens: number; cut: number } {
  const whole = written(messages, Number.POSITIVE_INFINITY);
  const tokens = estimateTokens(whole);
  if (tokens <= budgetTokens) return { text: whole, tokens, cut: 0 };
  let low = shortestCut;
  let high = Math.max(low, ...messages.map(({ text }) => text.length));
  while (high - low > 16) {
    const middle = Math.floor((low + high) / 2);
    if (estimateTokens(written(messages, middle)) <= budgetTokens) low = middle;
    else high = middle;
  }
  const text = written(messages, low);
  return {
    text,
    tokens: estimateTokens(text),
    cut: messages.filter((message) => message.text.trim().length > low).length,
  };
}

/** No message is cut shorter than this many characters. */
const shortestCut = 200;
