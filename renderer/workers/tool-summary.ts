import {
  Bot,
  FilePlus2,
  FileText,
  Globe,
  ListTodo,
  type LucideIcon,
  MessageCircleQuestion,
  Pencil,
  Plug,
  Route,
  Search,
  Terminal,
  Wrench,
} from 'lucide-react';
import { type DiffLine, diffLines, withContext } from '../ui/line-diff.ts';

/** A tool call in the words of a person. */
export interface ToolSummary {
  icon: LucideIcon;
  /** The tool, as in "Edit" or "Bash". */
  title: string;
  /** What it works on: a command, a path, a pattern. */
  subject: string;
  subjectIs: 'command' | 'path' | 'text';
  /** What it would change, for tools that change a file. */
  diff: DiffLine[] | null;
}

function text(input: Record<string, unknown>, ...names: string[]): string {
  for (const name of names) {
    const value = input[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

/** A path without the folder the worker works in. */
export function relativePath(path: string, folder: string | null): string {
  return folder && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}

function editsOf(input: Record<string, unknown>): DiffLine[] {
  const edits = Array.isArray(input.edits) ? (input.edits as Record<string, unknown>[]) : [input];
  return edits.flatMap((edit, index) => {
    const lines = withContext(
      diffLines(text(edit, 'old_string', 'old_source'), text(edit, 'new_string', 'new_source')),
    );
    const named: DiffLine[] =
      edits.length > 1 ? [{ kind: 'hunk', text: `${index + 1} of ${edits.length}`, oldNo: null, newNo: null }] : [];
    // The call says which text is replaced, not where it stands: numbers would be made up.
    return [...named, ...lines.map((line) => ({ ...line, oldNo: null, newNo: null }))];
  });
}

/** What a tool call is about. `folder` is the worker's own: paths inside it are shown without it. */
export function summarizeTool(name: string, input: Record<string, unknown>, folder: string | null): ToolSummary {
  const path = relativePath(text(input, 'file_path', 'notebook_path', 'path'), folder);
  switch (name) {
    case 'Bash':
    case 'PowerShell':
      return { icon: Terminal, title: name, subject: text(input, 'command'), subjectIs: 'command', diff: null };
    case 'Read':
    case 'LS':
    case 'NotebookRead':
      return { icon: FileText, title: 'Read', subject: path, subjectIs: 'path', diff: null };
    case 'Write':
      return {
        icon: FilePlus2,
        title: 'Write',
        subject: path,
        subjectIs: 'path',
        diff: diffLines('', text(input, 'content').replace(/\n$/, '')),
      };
    case 'Edit':
    case 'MultiEdit':
    case 'NotebookEdit':
      return { icon: Pencil, title: 'Edit', subject: path, subjectIs: 'path', diff: editsOf(input) };
    case 'Glob':
    case 'Grep':
      return {
        icon: Search,
        title: 'Search',
        subject: text(input, 'pattern', 'query'),
        subjectIs: 'command',
        diff: null,
      };
    case 'WebFetch':
    case 'WebSearch':
    case 'SandboxNetworkAccess':
      return {
        icon: Globe,
        title: name === 'WebSearch' ? 'Web search' : 'Fetch',
        subject: text(input, 'url', 'query', 'host'),
        subjectIs: 'text',
        diff: null,
      };
    case 'Task':
    case 'Agent':
      return {
        icon: Bot,
        title: 'Sub-agent',
        subject: text(input, 'description', 'prompt'),
        subjectIs: 'text',
        diff: null,
      };
    case 'TodoWrite':
    case 'TaskCreate':
    case 'TaskUpdate': {
      const todos = Array.isArray(input.todos) ? (input.todos as { content?: string; status?: string }[]) : [];
      const now = todos.find((todo) => todo.status === 'in_progress')?.content;
      return {
        icon: ListTodo,
        title: 'Plan',
        subject: now ?? text(input, 'subject', 'content') ?? '',
        subjectIs: 'text',
        diff: null,
      };
    }
    case 'AskUserQuestion':
      return {
        icon: MessageCircleQuestion,
        title: 'Question',
        subject: questionsOf(input)[0]?.question ?? '',
        subjectIs: 'text',
        diff: null,
      };
    case 'ExitPlanMode':
      return { icon: Route, title: 'Plan', subject: 'wants to go ahead', subjectIs: 'text', diff: null };
    default: {
      const parts = /^mcp__(.+?)__(.+)$/.exec(name);
      const subject = text(input, 'description', 'query', 'name', 'file_path', 'path', 'url') || shortJson(input);
      return {
        icon: parts ? Plug : Wrench,
        title: parts ? `${parts[1]} ${parts[2]}` : name,
        subject,
        subjectIs: 'text',
        diff: null,
      };
    }
  }
}

function shortJson(input: Record<string, unknown>): string {
  const json = JSON.stringify(input);
  return json === '{}' ? '' : json;
}

export interface Question {
  question: string;
  header: string | null;
  multiple: boolean;
  options: { label: string; description: string | null }[];
}

/** The questions of an AskUserQuestion call; malformed parts are left out. */
export function questionsOf(input: Record<string, unknown>): Question[] {
  if (!Array.isArray(input.questions)) return [];
  return (input.questions as unknown[]).flatMap((raw) => {
    if (typeof raw !== 'object' || raw === null) return [];
    const given = raw as Record<string, unknown>;
    const question = text(given, 'question');
    if (!question) return [];
    const options = Array.isArray(given.options) ? (given.options as unknown[]) : [];
    return [
      {
        question,
        header: text(given, 'header') || null,
        multiple: given.multiSelect === true,
        options: options.flatMap((option) => {
          if (typeof option === 'string') return [{ label: option, description: null }];
          if (typeof option !== 'object' || option === null) return [];
          const label = text(option as Record<string, unknown>, 'label');
          return label ? [{ label, description: text(option as Record<string, unknown>, 'description') || null }] : [];
        }),
      },
    ];
  });
}
