import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import * as z from 'zod';
import type { CompressionPreset } from '../../../shared/compression.ts';
import { AppError } from '../../../shared/errors.ts';
import type { ModelAnswer, ModelEngine } from './ask-model.ts';

/** The CLI's own names of its newest small, middle and large model. */
export const claudeModels: Record<CompressionPreset, string> = { fast: 'haiku', balanced: 'sonnet', quality: 'opus' };

/** A part of 400 kB is some 130,000 tokens at most: it fits the 200,000 that every model of Claude's takes. */
const partBytes = 400_000;

/** From the end of its input on; a model that is overloaded is asked again by the CLI itself. */
const timeLimitMs = 600_000;

/** What does not end when it is told to is killed after this. */
const endAfterMs = 5000;

const count = z.number().catch(0);
const resultSchema = z.object({
  type: z.literal('result'),
  is_error: z.boolean().catch(false),
  result: z.string().catch(''),
  total_cost_usd: count,
  usage: z
    .object({
      input_tokens: count,
      output_tokens: count,
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
    })
    .catch({ input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }),
});

/** One turn of the user's own `claude`: no tools, no servers, no hooks, nothing of a repository, and no transcript of it. */
function argumentsOf(model: string, system: string): string[] {
  return [
    '--print',
    '--output-format',
    'json',
    '--model',
    model,
    '--system-prompt',
    system,
    '--tools',
    '',
    '--no-session-persistence',
    '--setting-sources',
    'user',
    '--strict-mcp-config',
    '--disable-slash-commands',
    '--settings',
    JSON.stringify({ disableAllHooks: true }),
  ];
}

/** Claude, headless. Each question is a run of the CLI that costs what it says it cost. */
export function createClaudeEngine(deps: {
  program: () => Promise<{ path: string | null; problem: string | null }>;
  environment: NodeJS.ProcessEnv;
  /** An empty folder to run in. */
  folder: string;
}) {
  return {
    engine: (model: string): ModelEngine => ({
      key: `claude ${model}`,
      partBytes,
      mostParts: 20,
      async ask({ system, text, signal }): Promise<ModelAnswer> {
        const { path, problem } = await deps.program();
        if (path === null || problem !== null)
          throw new AppError('UNAVAILABLE', problem ?? 'claude was not found. Install Claude Code.');
        await mkdir(deps.folder, { recursive: true });
        const { output, errors, code } = await run(path, argumentsOf(model, system), text, signal);
        const parsed = resultSchema.safeParse(jsonOrNull(output));
        if (!parsed.success)
          throw new AppError(
            'UNAVAILABLE',
            `claude ended with ${code} and gave no result: ${(errors || output).trim().slice(0, 500) || 'it said nothing'}`,
          );
        const { is_error, result, total_cost_usd, usage } = parsed.data;
        if (is_error)
          throw new AppError('UNAVAILABLE', `Claude gave no summary: ${result.slice(0, 500)}`, {
            costUsd: total_cost_usd,
          });
        return {
          text: result,
          inputTokens: usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
          outputTokens: usage.output_tokens,
          costUsd: total_cost_usd,
        };
      },
    }),
  };

  function run(
    path: string,
    args: string[],
    input: string,
    signal: AbortSignal,
  ): Promise<{ output: string; errors: string; code: number | string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(path, args, {
        cwd: deps.folder,
        env: deps.environment,
        stdio: ['pipe', 'pipe', 'pipe'],
        windowsHide: true,
      });
      let output = '';
      let errors = '';
      let killing: NodeJS.Timeout | undefined;
      const end = (): void => {
        child.kill('SIGTERM');
        killing ??= setTimeout(() => child.kill('SIGKILL'), endAfterMs);
      };
      const limit = setTimeout(end, timeLimitMs);
      signal.addEventListener('abort', end);
      const settle = (): void => {
        clearTimeout(limit);
        clearTimeout(killing);
        signal.removeEventListener('abort', end);
      };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors = `${errors}${text}`.slice(-4000);
      });
      // It may end before it has read everything; its exit says why.
      child.stdin.on('error', () => undefined);
      child.on('error', (error) => {
        settle();
        reject(new AppError('UNAVAILABLE', `claude could not be started: ${error.message}`));
      });
      child.on('close', (code, by) => {
        settle();
        if (signal.aborted) reject(signal.reason);
        else resolve({ output, errors, code: code ?? by ?? 'nothing' });
      });
      if (signal.aborted) end();
      child.stdin.end(input);
    });
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
