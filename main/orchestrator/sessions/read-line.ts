import type { SessionRecord } from '../../../shared/sessions.ts';
import type { MessageTokens } from '../claude/facts.ts';
import { isObject, type Json, promptText, textOr, tokensOf } from '../claude/records.ts';

/** Longest text of one entry that is kept, in characters. */
const maxTextLength = 200_000;

/** One entry of a conversation, as the index keeps it. */
export interface Entry {
  role: SessionRecord['role'];
  /** What was said; of a tool call its input as JSON. */
  text: string;
  /** What of it can be found: the text, or the values of a tool call's input. */
  searchable: string;
  tool: string | null;
  toolUseId: string | null;
  failed: boolean;
  boundary: SessionRecord['boundary'];
  /** The file that a tool call names. */
  path: string | null;
  /** A person's prompt: a turn begins. */
  prompt: boolean;
}

/** What one line of a transcript says. */
export interface TranscriptLine {
  at: number | null;
  entries: Entry[];
  cwd: string | null;
  branch: string | null;
  version: string | null;
  model: string | null;
  tokens: { messageId: string; tokens: MessageTokens; model: string | null } | null;
  title: { kind: 'custom' | 'ai'; text: string } | null;
  /** The process that had the session has ended, by its last word or by what the next one wrote about it. */
  processEnded: boolean;
  /** The sub-agent that a tool call started. */
  agent: { id: string; toolUseId: string } | null;
  /** A type of record that is not known. */
  unknown: boolean;
}

/**
 * Records that hold nothing of the conversation and most of the bytes. They are told by how they begin: parsing them
 * would take several times as long as all the rest.
 */
const bulky =
  /^\{(?:"type":"(?:api-request|file-history|queue-operation|last-prompt|mode"|permission-mode|atis-latch|tools-used|progress")|"parentUuid":(?:null|"[^"]{0,64}"),"isSidechain":(?:true|false),(?:"agentId":"[^"]{0,64}",)?"attachment":)/;

/** Types that are known to hold nothing of the conversation. */
const silentTypes = new Set([
  'attachment',
  'queue-operation',
  'last-prompt',
  'mode',
  'permission-mode',
  'file-history-snapshot',
  'agent-name',
  'api-request',
  'api-request-blob',
  'api-request-shape',
  'tools-used',
  'atis-latch',
  'progress',
  'pr-link',
  'tag',
]);

const nothing: Omit<TranscriptLine, 'at'> = {
  entries: [],
  cwd: null,
  branch: null,
  version: null,
  model: null,
  tokens: null,
  title: null,
  processEnded: false,
  agent: null,
  unknown: false,
};

/** Reads one line; undefined for one that is no record at all. Throws on nothing. */
export function readLine(text: string): TranscriptLine | undefined {
  if (bulky.test(text)) return text.endsWith('}') ? { ...nothing, at: null } : undefined;
  try {
    const record: unknown = JSON.parse(text);
    return isObject(record) ? readRecord(record) : undefined;
  } catch {
    // Cut in two by a crash, not text at all, or nested without end.
    return undefined;
  }
}

function readRecord(record: Json): TranscriptLine {
  const time = Date.parse(textOr(record.timestamp, ''));
  const line: TranscriptLine = { ...nothing, entries: [], at: Number.isNaN(time) || time < 0 ? null : time };
  if (record.type === 'assistant' || record.type === 'user' || record.type === 'system') {
    line.cwd = shortOf(record.cwd, 4000);
    const branch = shortOf(record.gitBranch, 250);
    // The literal that stands for "no repository".
    line.branch = branch === 'HEAD' || branch === '' ? null : branch;
    line.version = shortOf(record.version, 100);
  }
  switch (record.type) {
    case 'assistant':
      readAssistant(record, line);
      return line;
    case 'user':
      readUser(record, line);
      return line;
    case 'system':
      if (record.subtype === 'compact_boundary')
        line.entries.push(entry('system', 'The conversation was compacted.', { boundary: 'compacted' }));
      return line;
    case 'cost-state':
      line.processEnded = true;
      return line;
    case 'custom-title':
      line.title = titleOf('custom', record.customTitle ?? record.title);
      return line;
    case 'ai-title':
      line.title = titleOf('ai', record.aiTitle ?? record.title);
      return line;
    case 'summary':
      line.title = titleOf('ai', record.summary);
      return line;
    default:
      line.unknown = !silentTypes.has(textOr(record.type, ''));
      return line;
  }
}

function readAssistant(record: Json, line: TranscriptLine): void {
  const message = isObject(record.message) ? record.message : {};
  // What the CLI wrote for itself, as after a crash.
  if (message.model === '<synthetic>') {
    line.processEnded = /^No response requested/.test(contentText(message.content));
    return;
  }
  line.model = shortOf(message.model, 200);
  if (typeof message.id === 'string' && message.usage)
    line.tokens = { messageId: message.id.slice(0, 200), tokens: countsOf(message.usage), model: line.model };
  for (const block of Array.isArray(message.content) ? message.content : []) {
    if (!isObject(block)) continue;
    if (block.type === 'text' && typeof block.text === 'string' && block.text.trim())
      line.entries.push(entry('assistant', block.text));
    else if (block.type === 'thinking' && typeof block.thinking === 'string' && block.thinking.trim())
      line.entries.push(entry('thinking', block.thinking));
    else if (block.type === 'tool_use' && typeof block.id === 'string')
      line.entries.push(toolEntry(block, block.id.slice(0, 200)));
  }
}

function toolEntry(block: Json, toolUseId: string): Entry {
  let input = isObject(block.input) ? block.input : {};
  let text = JSON.stringify(input);
  if (text.length > maxTextLength) {
    input = shortened(input, maxTextLength / 4);
    text = JSON.stringify(input);
  }
  return {
    ...entry('tool', text, { tool: shortOf(block.name, 200) ?? 'tool', toolUseId, path: pathOf(input) }),
    searchable: valuesOf(input),
  };
}

function readUser(record: Json, line: TranscriptLine): void {
  const message = isObject(record.message) ? record.message : {};
  if (Array.isArray(message.content)) {
    for (const block of message.content) {
      if (!isObject(block) || block.type !== 'tool_result' || typeof block.tool_use_id !== 'string') continue;
      const result = isObject(record.toolUseResult) ? record.toolUseResult : {};
      const toolUseId = block.tool_use_id.slice(0, 200);
      if (typeof result.agentId === 'string') line.agent = { id: result.agentId.slice(0, 200), toolUseId };
      line.entries.push(entry('result', contentText(block.content), { toolUseId, failed: block.is_error === true }));
    }
    if (line.entries.length > 0) return;
  }
  if (record.isMeta === true) return;
  const said = Array.isArray(message.content) ? contentText(message.content) : promptText(message.content);
  if (!said?.trim()) return;
  if (record.isCompactSummary === true) {
    line.entries.push(entry('system', said));
    return;
  }
  const command = /^<command-name>([^<]*)<\/command-name>[\s\S]*?<command-args>([^<]*)/.exec(said);
  if (command) {
    line.entries.push(entry('system', `${command[1]} ${command[2]}`.trim()));
    return;
  }
  const output = /^<local-command-stdout>([\s\S]*?)(?:<\/local-command-stdout>|$)/.exec(said);
  if (output) {
    if (output[1]?.trim()) line.entries.push(entry('system', output[1].trim()));
    return;
  }
  if (/^<(command-|local-command)/.test(said)) return;
  if (/^<task-notification>|^\[Request interrupted by user/.test(said)) {
    line.entries.push(entry('system', said));
    return;
  }
  line.entries.push({ ...entry('user', said), prompt: record.isSidechain !== true });
}

function shortOf(value: unknown, length: number): string | null {
  return typeof value === 'string' ? value.slice(0, length) : null;
}

/** Counts as whole numbers that a table takes, whatever stands there. */
function countsOf(usage: unknown): MessageTokens {
  const tokens = tokensOf(usage);
  const whole = (count: number) => Math.max(0, Math.min(1e12, Math.trunc(count)));
  return {
    inputTokens: whole(tokens.inputTokens),
    outputTokens: whole(tokens.outputTokens),
    cacheReadTokens: whole(tokens.cacheReadTokens),
    cacheWriteTokens: whole(tokens.cacheWriteTokens),
  };
}

function entry(role: Entry['role'], text: string, more: Partial<Entry> = {}): Entry {
  const kept = text.length > maxTextLength ? text.slice(0, maxTextLength) : text;
  return {
    role,
    text: kept,
    searchable: kept,
    tool: null,
    toolUseId: null,
    failed: false,
    boundary: null,
    path: null,
    prompt: false,
    ...more,
  };
}

function titleOf(kind: 'custom' | 'ai', title: unknown): TranscriptLine['title'] {
  return typeof title === 'string' && title.trim() ? { kind, text: title.trim().slice(0, 500) } : null;
}

/** What of a kept entry can be found again: the index is asked with this, and a match is shown in it. */
export function searchableText(role: Entry['role'], text: string): string {
  if (role !== 'tool') return text;
  return valuesOf(JSON.parse(text) as Json);
}

/** The values of a tool's input, each on a line of its own. */
function valuesOf(input: unknown): string {
  const values: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === 'string') values.push(value);
    else if (typeof value === 'number') values.push(String(value));
    else if (Array.isArray(value)) value.forEach(walk);
    else if (isObject(value)) Object.values(value).forEach(walk);
  };
  walk(input);
  return values.join('\n');
}

function shortened(input: Json, length: number): Json {
  const short = (value: unknown): unknown => (typeof value === 'string' ? value.slice(0, length) : value);
  const kept = Object.fromEntries(
    Object.entries(input)
      .slice(0, 100)
      .map(([name, value]) => [name, short(value)]),
  );
  return JSON.stringify(kept).length > 2 * maxTextLength ? { note: 'The input is too long to be kept.' } : kept;
}

function pathOf(input: Json): string | null {
  for (const name of ['file_path', 'notebook_path', 'path']) {
    const value = input[name];
    if (typeof value === 'string' && value) return value.slice(0, 4000);
  }
  return null;
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((block) => {
      if (!isObject(block)) return '';
      if (block.type === 'text') return textOr(block.text, '');
      return block.type === 'image' || block.type === 'document' ? `[${block.type}]` : '';
    })
    .filter(Boolean)
    .join('\n');
}
