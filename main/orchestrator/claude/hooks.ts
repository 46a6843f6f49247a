import type { ClaudeFact } from './facts.ts';
import { problemOfWords } from './problems.ts';
import { isObject, textOr } from './records.ts';

const reportedEvents = [
  'UserPromptSubmit',
  'PreToolUse',
  'PermissionRequest',
  'PostToolUse',
  'PostToolUseFailure',
  'Stop',
  'StopFailure',
  'SubagentStop',
  'Notification',
  'SessionEnd',
];

/** A permission may wait for days; the CLI gives up on a hook after this many seconds. */
const patienceSeconds = 7 * 24 * 3600;

/** Sends standard input on to the host. The CLI never calls HTTP hooks for SessionStart, only commands. */
const relay =
  "let b='';process.stdin.on('data',d=>b+=d).on('end',()=>fetch(process.env.CONTROL_ROOM_HOOK_URL,{method:'POST',headers:{authorization:'Bearer '+process.env.CONTROL_ROOM_HOOK_TOKEN,'content-type':'application/json'},body:b}).catch(()=>process.exit(0)))";

/**
 * Settings that make an interactive worker report to the host at `url`. They are merged with the user's own. The token
 * is in the worker's environment, so that it stands in no argument list.
 */
export function hookSettings(input: { url: string; nodePath: string }): object {
  const http = {
    type: 'http',
    url: input.url,
    headers: { Authorization: 'Bearer $CONTROL_ROOM_HOOK_TOKEN' },
    allowedEnvVars: ['CONTROL_ROOM_HOOK_TOKEN'],
  };
  const hooks: Record<string, unknown> = {};
  for (const event of reportedEvents) {
    hooks[event] = [{ hooks: [{ ...http, timeout: event === 'PermissionRequest' ? patienceSeconds : 10 }] }];
  }
  const command = `ELECTRON_RUN_AS_NODE=1 "${input.nodePath}" -e "${relay}"`;
  hooks.SessionStart = [{ hooks: [{ type: 'command', command, timeout: 10 }] }];
  return { hooks };
}

/** What came in over a hook, as facts. `requestId` names it to whoever answers a held one. */
export function hookFacts(requestId: string, body: unknown): ClaudeFact[] {
  if (!isObject(body)) return [];
  const toolName = textOr(body.tool_name, 'tool');
  const input = isObject(body.tool_input) ? body.tool_input : {};
  switch (body.hook_event_name) {
    case 'SessionStart':
      return [{ type: 'ready', version: null }];
    case 'UserPromptSubmit':
      return [{ type: 'turn-started', model: null, version: null }];
    case 'PreToolUse':
      return [{ type: 'tool-announced', toolName, input }];
    case 'PermissionRequest':
      return [
        {
          type: 'permission-asked',
          requestId,
          toolName,
          toolUseId: textOr(body.tool_use_id, null),
          input,
          reason: null,
        },
      ];
    case 'PostToolUse':
    case 'PostToolUseFailure':
      return [{ type: 'tool-reported', toolName, input }];
    case 'Stop':
      return [turnEnded('completed', textOr(body.last_assistant_message, null), null)];
    case 'StopFailure': {
      const words = `${textOr(body.error, '')} ${textOr(body.last_assistant_message, '')}`.trim();
      return [turnEnded('failed', null, problemOfFailure(textOr(body.error, ''), words))];
    }
    case 'Notification':
      return body.notification_type === 'idle_prompt' ? [{ type: 'activity-state', state: 'idle' }] : [];
    case 'SessionEnd':
      return [{ type: 'session-ended', reason: textOr(body.reason, 'other') }];
    default:
      return [];
  }
}

function turnEnded(
  outcome: 'completed' | 'failed',
  text: string | null,
  problem: ReturnType<typeof problemOfWords> | null,
): ClaudeFact {
  return { type: 'turn-ended', outcome, text, durationMs: null, totalCostUsd: null, tokens: null, problem };
}

/** The hook names the failure by a word before it quotes the API. */
function problemOfFailure(word: string, words: string) {
  const problem = problemOfWords(words);
  if (problem.code !== 'API_ERROR') return problem;
  if (word === 'authentication_failed') return { ...problem, code: 'AUTH' as const };
  if (word === 'model_not_found') return { ...problem, code: 'MODEL_NOT_FOUND' as const };
  if (word === 'billing_error') return { ...problem, code: 'BILLING' as const };
  if (word === 'rate_limit') return { ...problem, code: 'RATE_LIMITED' as const };
  return problem;
}

/** The body that answers a held permission hook. */
export function hookDecision(
  decision:
    | { behavior: 'allow'; updatedInput: Record<string, unknown> }
    | { behavior: 'deny'; message: string; interrupt: boolean },
): object {
  return { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision } };
}
