import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** How many characters at the end of an API key the CLI remembers it by. */
const rememberedKeyLength = 20;

/**
 * Lets an interactive worker start at its prompt where Claude Code has never run: without its state file it would first
 * ask for a theme and reach for the network. Only a file that does not exist is written; the user's own is never touched,
 * because the CLI rewrites it while it runs.
 */
export async function prepareFirstStart(environment: NodeJS.ProcessEnv): Promise<void> {
  const folder = environment.CLAUDE_CONFIG_DIR ?? environment.HOME ?? homedir();
  const path = join(folder, '.claude.json');
  const key = environment.ANTHROPIC_API_KEY;
  const state = {
    hasCompletedOnboarding: true,
    ...(key ? { customApiKeyResponses: { approved: [key.slice(-rememberedKeyLength)], rejected: [] } } : {}),
  };
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, JSON.stringify(state), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
