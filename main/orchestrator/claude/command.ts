import { hookSettings } from './hooks.ts';
import { type Permissions, permissionFlags } from './permissions.ts';

/** Longest prompt given as an argument, in bytes: Linux takes no argument over 128 KiB. A longer one is typed. */
const maxArgumentBytes = 100_000;

export interface CommandInput {
  sessionId: string;
  /** The session exists on disk already and is gone on with. */
  resume: boolean;
  /** The session that a new one begins as a copy of. */
  forkOf?: string | null;
  model: string | null;
  permissions: Permissions;
  /** Added to Claude's own system prompt: the role's. */
  systemPrompt?: string | null;
  /** Whether the repository's own settings, hooks and MCP servers may run. */
  trusted: boolean;
}

/** Arguments of a headless worker: many turns over standard input, everything said as JSON lines. */
export function headlessArguments(input: CommandInput): string[] {
  return [
    '--print',
    '--input-format',
    'stream-json',
    '--output-format',
    'stream-json',
    '--verbose',
    '--include-partial-messages',
    '--permission-prompt-tool',
    'stdio',
    ...commonArguments(input, {}),
  ];
}

/** Whether a first prompt can be given as an argument; otherwise it is typed once the screen is ready. */
export function fitsArgument(prompt: string): boolean {
  return Buffer.byteLength(prompt) <= maxArgumentBytes && !prompt.includes('\0');
}

/** Arguments of an interactive worker: the real screen, with hooks that report what it does. */
export function interactiveArguments(
  input: CommandInput & { hooks: { url: string; nodePath: string }; prompt: string | null },
): string[] {
  const permissions = { ...input.permissions, hookHost: new URL(input.hooks.url).hostname };
  return [
    ...commonArguments({ ...input, permissions }, hookSettings(input.hooks)),
    // After "--" a prompt may begin with a hyphen, and no list option takes it for one of its values.
    ...(input.prompt === null ? [] : ['--', input.prompt]),
  ];
}

function sessionArguments({ sessionId, resume, forkOf }: CommandInput): string[] {
  if (resume) return ['--resume', sessionId];
  return [...(forkOf ? ['--resume', forkOf, '--fork-session'] : []), '--session-id', sessionId];
}

/** The CLI takes one `--settings`: hooks, permissions and what trust means share it. */
function commonArguments(input: CommandInput, hooks: object): string[] {
  const permissions = permissionFlags(input.permissions);
  const settings = {
    ...hooks,
    ...permissions.settings,
    // The user vouched for the repository; a screen would wait with this question where nobody sees it.
    ...(input.trusted ? { enableAllProjectMcpServers: true } : {}),
  };
  return [
    ...permissions.arguments,
    ...sessionArguments(input),
    ...(input.model ? ['--model', input.model] : []),
    ...(input.systemPrompt?.trim() ? ['--append-system-prompt', input.systemPrompt] : []),
    ...(Object.keys(settings).length > 0 ? ['--settings', JSON.stringify(settings)] : []),
    // A repository nobody vouched for could run its own hooks and servers unasked.
    ...(input.trusted ? [] : ['--setting-sources', 'user', '--strict-mcp-config']),
  ];
}
