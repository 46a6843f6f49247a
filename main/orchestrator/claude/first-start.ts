import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isObject } from './records.ts';

/** How many characters at the end of an API key the CLI remembers it by. */
const rememberedKeyLength = 20;

/**
 * Lets an interactive worker start at its prompt where Claude Code was never used interactively: it would first ask for a
 * theme, reach for the network and doubt the API key. Done only where a credential is in the environment and nobody has
 * been through those questions; a state file that says they were answered is the user's own and is never touched, because
 * the CLI rewrites it while it runs.
 */
export async function prepareFirstStart(environment: NodeJS.ProcessEnv): Promise<void> {
  const key = environment.ANTHROPIC_API_KEY;
  const folder = environment.CLAUDE_CONFIG_DIR ?? environment.HOME ?? homedir();
  const path = join(folder, '.claude.json');
  const state = await readState(path);
  if (state?.hasCompletedOnboarding === true) return;
  if (state !== undefined && !key && !environment.ANTHROPIC_AUTH_TOKEN && !environment.CLAUDE_CODE_OAUTH_TOKEN) return;
  const prepared = {
    ...state,
    hasCompletedOnboarding: true,
    ...(key ? { customApiKeyResponses: { approved: [key.slice(-rememberedKeyLength)], rejected: [] } } : {}),
  };
  await mkdir(dirname(path), { recursive: true });
  // A name of its own: several workers may be started at once.
  const fresh = `${path}.${randomUUID()}.control-room`;
  await writeFile(fresh, JSON.stringify(prepared), { mode: 0o600 });
  await rename(fresh, path);
}

/** What the CLI knows of this user; undefined when it has never run. */
async function readState(path: string): Promise<Record<string, unknown> | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    // There is none yet.
    return undefined;
  }
  try {
    const state: unknown = JSON.parse(text);
    return isObject(state) ? state : { hasCompletedOnboarding: true };
  } catch {
    // Caught while the CLI writes it, or broken: either way not ours to replace.
    return { hasCompletedOnboarding: true };
  }
}
