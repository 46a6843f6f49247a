import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { permissionFlags } from '../../main/orchestrator/claude/permissions.ts';
import { type EvaluationInput, evaluate } from '../../main/orchestrator/permissions/evaluate.ts';
import { suggestRules } from '../../main/orchestrator/permissions/suggest-rules.ts';
import { git } from '../../main/testing/git-fixture.ts';
import { startScriptedModel } from '../../main/testing/scripted-model.ts';
import { createTemporaryHome } from '../../main/testing/temporary-home.ts';
import type { Verdict } from '../../shared/rules.ts';
import type { PermissionMode } from '../../shared/workers.ts';
import { allowedTools, askedTools, deniedTools, type Row } from './calls.ts';
import { type Call, makeRealCalls, type Outcome } from './real-calls.ts';

export interface ComparedRow {
  mode: PermissionMode;
  call: string;
  real: Outcome;
  predicted: Verdict;
  matches: boolean;
}

/** Programs that calls name; in their place stands one that does nothing. */
const emptyPrograms = ['npm', 'docker', 'curl', 'wget', 'nc', 'sudo'];

/**
 * Makes every row's call in the real CLI, in a folder of its own with programs that do nothing, and asks the evaluator the
 * same. `allowNetwork` is the worker's; the OS sandbox is left out, as not every machine has it.
 */
export async function compareWithClaude(input: {
  claude: string;
  version: string;
  rows: readonly Row[];
  modes: readonly PermissionMode[];
  allowNetwork: boolean;
  /** Allows what would have asked by a rule that is suggested for it: the narrowest or the broadest one. */
  suggested?: 'narrowest' | 'broadest';
}): Promise<ComparedRow[]> {
  const model = await startScriptedModel();
  const home = await createTemporaryHome({ modelUrl: model.url });
  const compared: ComparedRow[] = [];
  try {
    for (const mode of input.modes) {
      const cwd = join(home.folder, mode, 'repository');
      const outside = join(home.folder, mode, 'outside');
      await makeFolders(cwd, outside, join(home.folder, 'bin'));
      const inPlace = <T>(value: T): T =>
        JSON.parse(
          JSON.stringify(value)
            .replaceAll('//$OUTSIDE', `/${outside}`)
            .replaceAll('$OUTSIDE', outside)
            .replaceAll('$CWD', cwd),
        ) as T;
      const given = inPlace({ allowedTools, deniedTools, askedTools });
      const evaluation = (call: Call, allow: readonly string[]): EvaluationInput => ({
        ...call,
        cwd,
        home: join(home.folder, 'home'),
        additionalDirs: [],
        mode,
        allow: sourced(allow),
        deny: sourced(given.deniedTools),
        ask: sourced(given.askedTools),
        allowNetwork: input.allowNetwork,
        osSandbox: false,
        cliVersion: input.version,
      });
      let chosen = input.rows.map((row) => ({ row, call: inPlace({ toolName: row.toolName, input: row.input }) }));
      let allow = given.allowedTools;
      if (input.suggested) {
        const rules = chosen.map(({ call }) => suggestionFor(evaluation(call, given.allowedTools), input.suggested));
        chosen = chosen.filter((_row, index) => rules[index] !== undefined);
        allow = [...allow, ...rules.filter((rule) => rule !== undefined)];
      }
      const calls = chosen.map(({ call }) => call);
      const permissions = {
        ...given,
        allowedTools: allow,
        mode,
        allowNetwork: input.allowNetwork,
        osSandbox: false,
        gitExcludesFile: null,
      };
      const flags = permissionFlags(permissions);
      const outcomes = await makeRealCalls({
        claude: input.claude,
        args: [
          ...flags.arguments,
          ...['--settings', JSON.stringify(flags.settings), '--mcp-config', JSON.stringify(mcpServers())],
        ],
        cwd,
        environment: {
          ...home.environment,
          PATH: `${join(home.folder, 'bin')}:${home.environment.PATH}`,
          IS_SANDBOX: '1',
          BASH_DEFAULT_TIMEOUT_MS: '5000',
          CLAUDE_BASH_MAINTAIN_PROJECT_WORKING_DIR: '1',
        },
        calls,
      });
      for (const [index, { row, call }] of chosen.entries()) {
        const predicted = evaluate(evaluation(call, allow));
        const real = outcomes[index] ?? { decision: 'deny', detail: 'was not made' };
        compared.push({ mode, call: describe(row), real, predicted, matches: real.decision === predicted.decision });
      }
    }
    return compared;
  } finally {
    await model.close();
    await home.close();
  }
}

/** The rule that is suggested for a call that asks. */
function suggestionFor(call: EvaluationInput, which: 'narrowest' | 'broadest' | undefined): string | undefined {
  if (evaluate(call).decision !== 'ask') return undefined;
  const rules = suggestRules(call);
  return which === 'narrowest' ? rules[0] : rules.at(-1);
}

function sourced(rules: readonly string[]) {
  return rules.map((rule) => ({ rule, source: 'the table' }));
}

function mcpServers() {
  const script = fileURLToPath(new URL('./desk-server.ts', import.meta.url));
  const server = (...tools: string[]) => ({ command: process.execPath, args: [script, ...tools] });
  return { mcpServers: { desk: server('look', 'write', 'burn'), shelf: server('anything') } };
}

async function makeFolders(cwd: string, outside: string, bin: string): Promise<void> {
  await mkdir(join(cwd, 'src'), { recursive: true });
  await mkdir(outside, { recursive: true });
  await mkdir(bin, { recursive: true });
  for (const name of ['a.txt', 'b.txt', '.env', 'src/a.ts', 'src/.env']) await writeFile(join(cwd, name), 'x\n');
  await writeFile(join(outside, 'o.txt'), 'o\n');
  await symlink(outside, join(cwd, 'link'));
  for (const name of emptyPrograms) {
    await writeFile(join(bin, name), '#!/bin/sh\nexit 0\n');
    await chmod(join(bin, name), 0o755);
  }
  await git(cwd, 'init', '-q', '-b', 'main');
  await git(cwd, 'add', 'a.txt');
  await git(cwd, 'commit', '-q', '-m', 'First commit');
}

function describe({ toolName, input }: Call): string {
  const told = input.command ?? input.file_path ?? input.path ?? input.url ?? input.pattern ?? input.query ?? '';
  return `${toolName === 'Bash' ? '' : `${toolName} `}${String(told)}`.replaceAll('\n', '\\n');
}
