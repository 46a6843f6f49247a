import type { PermissionMode } from '../../shared/workers.ts';

/** What the rule tester asks about: who would make the call, and the call. It is its own link. */
export interface TesterCall {
  /** An existing worker; empty: a new one, as the next fields say. */
  workerId: string;
  projectId: string;
  role: string;
  /** Empty: the role's, else asking unless allowed. */
  mode: PermissionMode | '';
  tool: string;
  /** What the tool is given, by field. */
  fields: Readonly<Record<string, string>>;
  /** The whole input as JSON, when it is written by hand; null: from the fields. */
  json: string | null;
}

export interface ToolField {
  key: string;
  label: string;
  placeholder: string;
}

/** The fields of the tools that are asked about most. */
export const toolFields: Readonly<Record<string, readonly ToolField[]>> = {
  Bash: [{ key: 'command', label: 'Command', placeholder: 'npm test && git push' }],
  Edit: [{ key: 'file_path', label: 'File', placeholder: 'src/index.ts' }],
  Write: [{ key: 'file_path', label: 'File', placeholder: 'src/index.ts' }],
  Read: [{ key: 'file_path', label: 'File', placeholder: 'src/index.ts' }],
  Glob: [
    { key: 'pattern', label: 'Pattern', placeholder: 'src/**/*.ts' },
    { key: 'path', label: 'Folder', placeholder: 'the worker’s own folder' },
  ],
  Grep: [
    { key: 'pattern', label: 'Pattern', placeholder: 'TODO' },
    { key: 'path', label: 'Folder', placeholder: 'the worker’s own folder' },
  ],
  WebFetch: [{ key: 'url', label: 'Address', placeholder: 'https://example.org/docs' }],
  WebSearch: [{ key: 'query', label: 'Words', placeholder: 'node 24 release notes' }],
};

/** A worker's own answer is complete only with what its tools insist on. */
const filling: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Edit: { old_string: 'a', new_string: 'b' },
  Write: { content: '' },
};

export const emptyCall: TesterCall = {
  workerId: '',
  projectId: '',
  role: '',
  mode: '',
  tool: 'Bash',
  fields: { command: 'npm test && git push' },
  json: null,
};

/** The input of a call, or what is wrong with the JSON it was written in. */
export function inputOf(call: TesterCall): { input: Record<string, unknown> } | { problem: string } {
  if (call.json !== null) {
    try {
      const value: unknown = JSON.parse(call.json || '{}');
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        return { problem: 'The input of a tool is a JSON object: { … }.' };
      }
      return { input: value as Record<string, unknown> };
    } catch (error) {
      return { problem: `This is not JSON yet: ${error instanceof Error ? error.message : String(error)}` };
    }
  }
  const given = Object.fromEntries(
    (toolFields[call.tool] ?? []).flatMap(({ key }) => {
      const value = call.fields[key];
      return value ? [[key, value]] : [];
    }),
  );
  return { input: { ...filling[call.tool], ...given } };
}

/** Whether there is anything to ask about yet. */
export function isAskable(call: TesterCall): boolean {
  if (!call.tool.trim()) return false;
  if (call.json !== null) return true;
  const first = toolFields[call.tool]?.[0];
  return !first || Boolean(call.fields[first.key]?.trim());
}

/** The call as it stands in an address. */
export function linkOfCall(call: TesterCall): string {
  const query = new URLSearchParams();
  if (call.workerId) query.set('worker', call.workerId);
  if (call.projectId) query.set('project', call.projectId);
  if (call.role) query.set('role', call.role);
  if (call.mode) query.set('mode', call.mode);
  query.set('tool', call.tool);
  if (call.json !== null) query.set('json', call.json);
  else for (const { key } of toolFields[call.tool] ?? []) if (call.fields[key]) query.set(key, call.fields[key]);
  return query.toString();
}

/** The call of an address. */
export function callOfLink(link: string): TesterCall {
  const query = new URLSearchParams(link);
  const mode = query.get('mode');
  const tool = query.get('tool') ?? emptyCall.tool;
  const fields = Object.fromEntries((toolFields[tool] ?? []).map(({ key }) => [key, query.get(key) ?? '']));
  return {
    workerId: query.get('worker') ?? '',
    projectId: query.get('project') ?? '',
    role: query.get('role') ?? '',
    mode: mode === 'allowlist' || mode === 'sandbox' || mode === 'dangerous' ? mode : '',
    tool,
    fields: query.has('tool') ? fields : emptyCall.fields,
    json: query.get('json'),
  };
}
