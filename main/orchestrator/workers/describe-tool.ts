/** What a tool call does, in one line for a person: "Editing src/a.ts", "Running npm test". */
export function describeTool(name: string, input: Record<string, unknown>): string {
  const text = (key: string) => (typeof input[key] === 'string' ? firstLine(input[key]) : '');
  switch (name) {
    case 'Read':
      return `Reading ${text('file_path')}`;
    case 'Edit':
    case 'MultiEdit':
      return `Editing ${text('file_path')}`;
    case 'Write':
      return `Writing ${text('file_path')}`;
    case 'NotebookEdit':
      return `Editing ${text('notebook_path')}`;
    case 'Bash':
      return `Running ${text('command')}`;
    case 'Glob':
    case 'Grep':
      return `Searching ${text('pattern')}`;
    case 'WebFetch':
      return `Fetching ${text('url')}`;
    case 'WebSearch':
      return `Searching the web for ${text('query')}`;
    case 'Task':
    case 'Agent':
      return `Sub-agent: ${text('description') || firstLine(String(input.prompt ?? ''))}`;
    case 'AskUserQuestion':
      return 'Asking a question';
    case 'ExitPlanMode':
      return 'Presenting a plan';
    default:
      return `Using ${name.startsWith('mcp__') ? name.slice(5).replace('__', ' ') : name}`;
  }
}

/** Tools that may change files of the worktree. */
export function changesFiles(name: string): boolean {
  return ['Edit', 'MultiEdit', 'Write', 'NotebookEdit', 'Bash', 'Task', 'Agent'].includes(name);
}

function firstLine(text: string): string {
  const line = text.trim().split('\n')[0] ?? '';
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
