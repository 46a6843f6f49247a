import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The real Claude Code that the lockfile pins; undefined where its platform's package is not installed. */
export function pinnedClaude(): string | undefined {
  const path = fileURLToPath(new URL('../../node_modules/.bin/claude', import.meta.url));
  return existsSync(path) ? path : undefined;
}

export interface TemporaryHome {
  folder: string;
  /** Environment of a user who has nothing but this home, a dummy key and a model on loopback. */
  environment: Record<string, string>;
  close(): Promise<void>;
}

/** A fresh home folder for the real CLI: no login, no settings, no telemetry, no update. */
export async function createTemporaryHome({ modelUrl }: { modelUrl: string }): Promise<TemporaryHome> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'control-room-test-')));
  await mkdir(join(folder, 'home'));
  return {
    folder,
    environment: {
      PATH: process.env.PATH ?? '',
      HOME: join(folder, 'home'),
      SHELL: '/bin/sh',
      LANG: 'C.UTF-8',
      CLAUDE_CONFIG_DIR: join(folder, 'claude'),
      ANTHROPIC_API_KEY: 'sk-ant-test-0123456789abcdefghij',
      ANTHROPIC_BASE_URL: modelUrl,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '2',
      GIT_AUTHOR_NAME: 'Test',
      GIT_AUTHOR_EMAIL: 'test@example.invalid',
      GIT_COMMITTER_NAME: 'Test',
      GIT_COMMITTER_EMAIL: 'test@example.invalid',
    },
    close: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}
