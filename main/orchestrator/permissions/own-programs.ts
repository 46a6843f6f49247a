import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Keys of a settings file that make the CLI run something, or change where it sends things. */
const runningKeys = [
  'hooks',
  'apiKeyHelper',
  'awsAuthRefresh',
  'awsCredentialExport',
  'gcpAuthRefresh',
  'otelHeadersHelper',
  'proxyAuthHelper',
  'statusLine',
  'subagentStatusLine',
  'fileSuggestion',
  'env',
  'enabledPlugins',
  'extraKnownMarketplaces',
  'enableAllProjectMcpServers',
  'enabledMcpjsonServers',
];

/**
 * Files of a repository that would run programs by themselves, or change what the CLI runs, once a worker of a trusted
 * project starts in it: relative to `folder`, in a fixed order. One that cannot be read as JSON is named as well.
 */
export async function findOwnPrograms(folder: string): Promise<string[]> {
  const checks: [string, (value: Record<string, unknown>) => boolean][] = [
    ['.claude/settings.json', hasRunningKey],
    ['.claude/settings.local.json', hasRunningKey],
    ['.mcp.json', ({ mcpServers }) => isFilled(mcpServers)],
  ];
  const found: string[] = [];
  for (const [file, runs] of checks) {
    const text = await readFile(join(folder, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      return '';
    });
    if (text === undefined) continue;
    const value = asObject(text);
    if (value === undefined || runs(value)) found.push(file);
  }
  return found;
}

function hasRunningKey(settings: Record<string, unknown>): boolean {
  return runningKeys.some((key) => isFilled(settings[key]));
}

function isFilled(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false && value !== '';
}

function asObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
