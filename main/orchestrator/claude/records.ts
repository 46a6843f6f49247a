import type { ClaudeFact, MessageTokens } from './facts.ts';

/* The records that the structured stream and the transcript have in common. */

export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise;
}

export function numberOr<T>(value: unknown, otherwise: T): number | T {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

/** Longest tool output that is kept, in characters. */
const maxOutputLength = 200_000;

/** The counts of an API `usage` object. */
export function tokensOf(usage: unknown): MessageTokens {
  const counts = isObject(usage) ? usage : {};
  return {
    inputTokens: numberOr(counts.input_tokens, 0),
    outputTokens: numberOr(counts.output_tokens, 0),
    cacheReadTokens: numberOr(counts.cache_read_input_tokens, 0),
    cacheWriteTokens: numberOr(counts.cache_creation_input_tokens, 0),
  };
}

/** Facts of an `assistant` record: its blocks and its tokens. The CLI's own stand-ins (`<synthetic>`) say nothing. */
export function assistantFacts(record: Json, at: number | null): ClaudeFact[] {
  const message = isObject(record.message) ? record.message : {};
  if (message.model === '<synthetic>') return [];
  const parentToolUseId = textOr(record.parent_tool_use_id, null);
  const facts: ClaudeFact[] = [];
  for (const block of Array.isArray(message.content) ? message.content : []) {
    if (!isObject(block)) continue;
    if (block.type === 'text' && typeof block.text === 'string' && block.text.trim()) {
      facts.push({ type: 'text', text: block.text, parentToolUseId, at });
    } else if (block.type === 'thinking' && typeof block.thinking === 'string' && block.thinking.trim()) {
      facts.push({ type: 'thinking', text: block.thinking, parentToolUseId, at });
    } else if (block.type === 'tool_use' && typeof block.id === 'string') {
      facts.push({
        type: 'tool-started',
        toolUseId: block.id,
        name: textOr(block.name, 'tool'),
        input: isObject(block.input) ? block.input : {},
        parentToolUseId,
        at,
      });
    }
  }
  if (typeof message.id === 'string' && message.usage) {
    facts.push({
      type: 'tokens',
      messageId: message.id,
      tokens: tokensOf(message.usage),
      model: textOr(message.model, null),
    });
  }
  return facts;
}

/** Facts of a `user` record that carries tool results. */
export function toolResultFacts(record: Json, at: number | null): ClaudeFact[] {
  const message = isObject(record.message) ? record.message : {};
  const facts: ClaudeFact[] = [];
  for (const block of Array.isArray(message.content) ? message.content : []) {
    if (!isObject(block) || block.type !== 'tool_result' || typeof block.tool_use_id !== 'string') continue;
    facts.push({
      type: 'tool-ended',
      toolUseId: block.tool_use_id,
      failed: block.is_error === true,
      output: outputText(block.content).slice(0, maxOutputLength),
      at,
    });
  }
  return facts;
}

/** What a person typed, out of a `user` record's content; undefined when it is something else. */
export function promptText(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content) || content.some((block) => isObject(block) && block.type === 'tool_result'))
    return undefined;
  const texts = content
    .filter((block) => isObject(block) && block.type === 'text')
    .map((block) => textOr((block as Json).text, ''));
  return texts.length > 0 ? texts.join('\n') : undefined;
}

function outputText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((block) => {
      if (!isObject(block)) return '';
      if (block.type === 'text') return textOr(block.text, '');
      return block.type === 'image' ? '[image]' : '';
    })
    .join('\n');
}
