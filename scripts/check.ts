import { join } from 'node:path';
import { checkImports, sourceFiles } from './checks/import-rules.ts';
import { repositoryFolder } from './repository-folder.ts';
import { runCommand } from './run-command.ts';

export interface Check {
  name: string;
  /** Gives what is wrong, for a person to read; empty when nothing is. */
  run(): Promise<string>;
}

async function outputOfFailure(script: string, args: string[]): Promise<string> {
  const { code, output } = await runCommand(process.execPath, [
    join(repositoryFolder, 'node_modules', script),
    ...args,
  ]);
  return code === 0 ? '' : output.trim() || `ended with ${code} and said nothing`;
}

async function importRules(): Promise<string> {
  const { read, violations } = await checkImports(repositoryFolder);
  // dependency-cruiser reads nothing under a TypeScript it does not know, and reports success.
  const unread = (await sourceFiles(repositoryFolder)).filter((path) => !read.includes(path));
  if (unread.length > 0) return `These files were not read, so their imports were not checked:\n${unread.join('\n')}`;
  return violations.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`).join('\n');
}

/** What can be said about the code without running it. */
export const checks: Check[] = [
  { name: 'types', run: () => outputOfFailure('typescript/bin/tsc', ['-b']) },
  { name: 'lint', run: () => outputOfFailure('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']) },
  { name: 'import rules', run: importRules },
  { name: 'dead code', run: () => outputOfFailure('knip/bin/knip.js', ['--no-progress']) },
];

if (import.meta.main) {
  for (const { name, run } of checks) {
    const problems = await run();
    console.log(problems ? `${name}: failed\n${problems}\n` : `${name}: passed`);
    if (problems) process.exitCode = 1;
  }
}
