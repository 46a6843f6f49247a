import type { ClaudeFact } from './facts.ts';
import { problemOfStatus, problemOfWords } from './problems.ts';
import {
  assistantFacts,
  isObject,
  type Json,
  numberOr,
  promptText,
  textOr,
  tokensOf,
  toolResultFacts,
} from './records.ts';

/** What a reader knows about messages that are being written: kept so that a later reader can go on in the middle. */
export interface StreamReaderState {
  writing: string;
  /** The message being written, by the sub-agent it belongs to: its final counts arrive without its id. */
  current: [parent: string, message: { id: string; model: string | null; usage: Json }][];
}

/**
 * Reads the structured stream of a headless worker (`--output-format stream-json`), one line after the other. Keeps
 * only what a block that is being written needs; unknown lines give no facts.
 */
export function createStreamReader(from?: StreamReaderState) {
  let writing = from?.writing ?? '';
  const current = new Map(from?.current);

  function streamEventFacts(line: Json): ClaudeFact[] {
    const event = isObject(line.event) ? line.event : {};
    const parent = textOr(line.parent_tool_use_id, '');
    if (event.type === 'message_start' && isObject(event.message)) {
      const { id, model, usage } = event.message;
      if (typeof id === 'string')
        current.set(parent, { id, model: textOr(model, null), usage: isObject(usage) ? usage : {} });
      return [];
    }
    if (event.type === 'message_delta' && isObject(event.usage)) {
      const message = current.get(parent);
      if (!message) return [];
      message.usage = { ...message.usage, ...event.usage };
      return [{ type: 'tokens', messageId: message.id, tokens: tokensOf(message.usage), model: message.model }];
    }
    if (event.type === 'message_stop') {
      current.delete(parent);
      return [];
    }
    if (parent) return [];
    if (event.type === 'content_block_delta' && isObject(event.delta) && event.delta.type === 'text_delta') {
      writing += textOr(event.delta.text, '');
      return [{ type: 'partial-text', text: writing }];
    }
    if (event.type === 'content_block_stop') writing = '';
    return [];
  }

  function systemFacts(line: Json): ClaudeFact[] {
    switch (line.subtype) {
      case 'init':
        return [
          { type: 'turn-started', model: textOr(line.model, null), version: textOr(line.claude_code_version, null) },
        ];
      case 'session_state_changed':
        return line.state === 'running' || line.state === 'requires_action' || line.state === 'idle'
          ? [{ type: 'activity-state', state: line.state }]
          : [];
      case 'api_retry':
        return [
          {
            type: 'retrying',
            attempt: numberOr(line.attempt, 1),
            attempts: numberOr(line.max_retries, 10),
            delayMs: numberOr(line.retry_delay_ms, 0),
            status: numberOr(line.error_status, null),
            error: textOr(line.error, ''),
          },
        ];
      case 'status':
        return line.status === 'compacting' ? [{ type: 'compacting' }] : [];
      case 'compact_boundary': {
        const facts = isObject(line.compact_metadata) ? line.compact_metadata : {};
        return [
          { type: 'compacted', before: numberOr(facts.pre_tokens, null), after: numberOr(facts.post_tokens, null) },
        ];
      }
      default:
        return [];
    }
  }

  function controlRequestFacts(line: Json): ClaudeFact[] {
    const request = isObject(line.request) ? line.request : {};
    if (request.subtype !== 'can_use_tool' || typeof line.request_id !== 'string') return [];
    return [
      {
        type: 'permission-asked',
        requestId: line.request_id,
        toolName: textOr(request.tool_name, 'tool'),
        toolUseId: textOr(request.tool_use_id, null),
        input: isObject(request.input) ? request.input : {},
        reason: textOr(request.decision_reason, null) ?? reasonOfKind(request.decision_reason_type),
      },
    ];
  }

  function controlResponseFacts(line: Json): ClaudeFact[] {
    const response = isObject(line.response) ? line.response : {};
    const requestId = textOr(response.request_id, '');
    if (response.subtype === 'error')
      return [{ type: 'control-failed', requestId, message: textOr(response.error, '') }];
    const answer = isObject(response.response) ? response.response : {};
    if (requestId.startsWith('initialize'))
      return [{ type: 'ready', version: textOr(answer.claude_code_version, null) }];
    if (requestId.startsWith('context')) {
      const percent = numberOr(answer.percentage, null);
      return percent === null ? [] : [{ type: 'context', percent, tokens: numberOr(answer.totalTokens, null) }];
    }
    if (requestId.startsWith('usage')) {
      const totalUsd = isObject(answer.session) ? numberOr(answer.session.total_cost_usd, null) : null;
      return totalUsd === null ? [] : [{ type: 'cost', totalUsd }];
    }
    return [];
  }

  function resultFacts(line: Json): ClaudeFact[] {
    writing = '';
    const errors = Array.isArray(line.errors) ? line.errors.filter((error) => typeof error === 'string') : [];
    const text = textOr(line.result, null);
    const failed = line.is_error === true;
    const limit = line.subtype === 'error_max_turns' || line.subtype === 'error_max_budget_usd';
    const words = [text ?? '', ...errors].filter(Boolean).join(' ');
    const status = numberOr(line.api_error_status, null);
    const interrupted =
      /aborted/.test(textOr(line.terminal_reason, '')) ||
      (line.subtype === 'error_during_execution' && status === null && !/session|conversation|sandbox/i.test(words));
    const outcome = limit ? 'limit' : interrupted ? 'interrupted' : failed ? 'failed' : 'completed';
    return [
      { type: 'partial-text', text: '' },
      {
        type: 'turn-ended',
        outcome,
        text,
        durationMs: numberOr(line.duration_ms, null),
        totalCostUsd: numberOr(line.total_cost_usd, null),
        tokens: isObject(line.usage) ? tokensOf(line.usage) : null,
        problem:
          outcome === 'failed' ? (status === null ? problemOfWords(words) : problemOfStatus(status, words)) : null,
      },
    ];
  }

  return {
    state: (): StreamReaderState => ({ writing, current: [...current] }),
    /** Facts of one line, without its line feed. A line that is not JSON gives none. */
    read(text: string): ClaudeFact[] {
      let line: unknown;
      try {
        line = JSON.parse(text);
      } catch {
        // The CLI's own warnings may share the stream; they carry no facts.
        return [];
      }
      if (!isObject(line)) return [];
      switch (line.type) {
        case 'stream_event':
          return streamEventFacts(line);
        case 'assistant':
          return [{ type: 'partial-text', text: '' }, ...assistantFacts(line, null)];
        case 'user': {
          if (line.isReplay === true || line.isSynthetic === true) return toolResultFacts(line, null);
          const said = promptText(isObject(line.message) ? line.message.content : undefined);
          return said === undefined ? toolResultFacts(line, null) : [];
        }
        case 'system':
          return systemFacts(line);
        case 'control_request':
          return controlRequestFacts(line);
        case 'control_cancel_request':
          return typeof line.request_id === 'string'
            ? [{ type: 'permission-cancelled', requestId: line.request_id }]
            : [];
        case 'control_response':
          return controlResponseFacts(line);
        case 'conversation_reset':
          return typeof line.new_conversation_id === 'string'
            ? [{ type: 'session-changed', sessionId: line.new_conversation_id }]
            : [];
        case 'result':
          return resultFacts(line);
        default:
          return [];
      }
    },
  };
}

/** The CLI's word for why it asks, where it gives no sentence and the word says more than that nothing allowed it. */
function reasonOfKind(kind: unknown): string | null {
  if (kind === 'safetyCheck') return 'Claude Code guards this place: what is written there can run by itself later.';
  return kind === 'sandboxOverride' ? 'It would run outside the sandbox.' : null;
}

/* Lines for a headless worker's standard input. */

/** Says something. */
export function userLine(text: string): string {
  return line({ type: 'user', message: { role: 'user', content: text }, parent_tool_use_id: null, session_id: '' });
}

/** Asks the process itself; the answer carries the same id, whose beginning says what was asked. */
export function controlLine(requestId: string, request: { subtype: string } & Json): string {
  return line({ type: 'control_request', request_id: requestId, request });
}

/** Lets a tool run. The input is always sent: older CLIs refuse the answer without it. */
export function allowLine(requestId: string, updatedInput: Json): string {
  return line({
    type: 'control_response',
    response: { subtype: 'success', request_id: requestId, response: { behavior: 'allow', updatedInput } },
  });
}

/** Refuses a tool; the model reads the message. `interrupt` ends the turn as well. */
export function denyLine(requestId: string, { message, interrupt }: { message: string; interrupt: boolean }): string {
  return line({
    type: 'control_response',
    response: {
      subtype: 'success',
      request_id: requestId,
      response: { behavior: 'deny', message, ...(interrupt ? { interrupt } : {}) },
    },
  });
}

function line(value: Json): string {
  return `${JSON.stringify(value)}\n`;
}
