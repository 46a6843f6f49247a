import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { cruiseOptions, importRules } from './rules.ts';

/** Folders that the import rules govern. */
export const ruledFolders = ['shared', 'main', 'preload', 'renderer', 'scripts'];

export interface RuleViolation {
  rule: string;
  from: string;
  to: string;
}

export interface ImportReport {
  /** Source files that were really read. */
  read: string[];
  violations: RuleViolation[];
}

/** Reads every source file of `folder` and holds its imports against the rules in rules.ts. */
export async function checkImports(folder: string): Promise<ImportReport> {
  const result = await cruise(ruledFolders, {
    ...cruiseOptions,
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden: importRules },
  });
  const { modules, summary } = result.output as ICruiseResult;
  return {
    read: modules.flatMap(({ source }) => (ruledFolders.some((name) => source.startsWith(`${name}/`)) ? [source] : [])),
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

/** All TypeScript files below the ruled folders, as paths from `folder`. */
export async function sourceFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of ruledFolders) {
    for (const entry of await readdir(join(folder, name), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && /\.tsx?$/.test(entry.name))
        found.push(join(entry.parentPath, entry.name).slice(folder.length + 1));
    }
  }
  return found;
}
