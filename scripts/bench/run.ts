import { readdir } from 'node:fs/promises';
import { build, isBuilt } from '../build.ts';

/** `npm run bench -- NAME [--json]`: runs one benchmark on the present build; without a name it lists them. */
const [name] = process.argv.slice(2);
const files = await readdir(new URL('.', import.meta.url));
const names = files
  .filter(
    (file) =>
      file.endsWith('.ts') &&
      !['run.ts', 'statistics.ts', 'stored-data.ts', 'transcripts.ts', 'git-repository.ts'].includes(file),
  )
  .map((file) => file.slice(0, -3));
if (name === undefined || !names.includes(name)) {
  console.error(
    `${name === undefined ? 'Which benchmark?' : `There is no benchmark "${name}".`} npm run bench -- ${names.join(' | ')}`,
  );
  process.exit(2);
}
if (!(await isBuilt())) {
  const problems = await build();
  if (problems) throw new Error(problems);
}
await import(`./${name}.ts`);
