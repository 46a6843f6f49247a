import type { Session, SessionRecord } from '../../../shared/sessions.ts';

export type ExportFormat = 'markdown' | 'json' | 'html';

const speakers: Record<SessionRecord['role'], string> = {
  user: 'You',
  assistant: 'Claude',
  thinking: 'Thinking',
  tool: 'Tool',
  result: 'Result',
  system: 'System',
};

/** A session as one text, with a name for its file. */
export function exportSession(session: Session, records: readonly SessionRecord[], format: ExportFormat) {
  const name = `${fileNameOf(session.title)}-${session.id.slice(0, 8)}`;
  switch (format) {
    case 'json':
      return {
        fileName: `${name}.json`,
        mediaType: 'application/json',
        content: `${JSON.stringify({ session, records }, null, 2)}\n`,
      };
    case 'html':
      return { fileName: `${name}.html`, mediaType: 'text/html', content: toHtml(session, records) };
    default:
      return { fileName: `${name}.md`, mediaType: 'text/markdown', content: toMarkdown(session, records) };
  }
}

function fileNameOf(title: string): string {
  const plain = title
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 60);
  return plain || 'session';
}

function factsOf(session: Session): [name: string, value: string][] {
  const { usage } = session;
  return [
    ['Session', session.id],
    ['Folder', session.cwd ?? 'unknown'],
    ['Branch', session.branch ?? 'none'],
    ['Model', session.model ?? 'unknown'],
    ['From', timeOf(session.startedAt)],
    ['To', timeOf(session.lastAt)],
    [
      'Tokens',
      `${usage.inputTokens} in, ${usage.outputTokens} out, ${usage.cacheReadTokens} from the cache, ${usage.cacheWriteTokens} to the cache`,
    ],
    ['Cost at list price', `$${usage.costUsd.toFixed(4)}`],
  ];
}

function timeOf(at: number | null): string {
  return at ? new Date(at).toISOString() : '';
}

function headingOf(record: SessionRecord): string {
  const sub = record.parentToolUseId === null ? '' : ' (sub-agent)';
  const tool = record.toolName === null ? '' : `: ${record.toolName}`;
  return `${speakers[record.role]}${tool}${sub}${record.failed ? ' (failed)' : ''}`;
}

function bodyOf(record: SessionRecord): string {
  return record.input === null ? record.text : JSON.stringify(record.input, null, 2);
}

function toMarkdown(session: Session, records: readonly SessionRecord[]): string {
  const parts = [
    `# ${oneLine(session.title)}`,
    factsOf(session)
      .map(([name, value]) => `- ${name}: ${oneLine(value)}`)
      .join('\n'),
  ];
  for (const record of records) {
    parts.push(`## ${record.index}. ${headingOf(record)}`);
    const body = bodyOf(record);
    if (!body) continue;
    parts.push(record.role === 'user' || record.role === 'assistant' ? body : fenced(body, record.input ? 'json' : ''));
  }
  return `${parts.join('\n\n')}\n`;
}

/** A fence that nothing in the text can close. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function toHtml(session: Session, records: readonly SessionRecord[]): string {
  const rows = factsOf(session)
    .map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`)
    .join('\n');
  const entries = records
    .map((record) => {
      const heading = `<h2 id="r${record.index}">${record.index}. ${escaped(headingOf(record))}</h2>`;
      const at = record.at === null ? '' : `<time>${timeOf(record.at)}</time>`;
      return `<section class="${record.role}">${heading}${at}<pre>${escaped(bodyOf(record))}</pre></section>`;
    })
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(session.title)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; }
dd { margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 1.5rem 0 0.25rem; }
time { font-size: 0.8rem; opacity: 0.7; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font: inherit; }
.tool pre, .result pre, .thinking pre, .system pre { font: 13px/1.4 ui-monospace, monospace; opacity: 0.85; }
</style>
</head>
<body>
<h1>${escaped(session.title)}</h1>
<dl>
${rows}
</dl>
${entries}
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
