import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { guideNames } from './guide-names.ts';
import { optionNames, specOf } from './options.ts';

test('every name of a guide is an option or says why it is none, and stands in docs/guides.md as it is here', async () => {
  const page = await readFile(new URL('../../docs/guides.md', import.meta.url), 'utf8');
  for (const { guide, name, option, note } of guideNames) {
    expect(option ?? note, name).toBeTruthy();
    const here = option ? `\`${option}\`: ${specOf(option).about}` : 'not applicable';
    const [, section = ''] = page.split(`### ${guide}\n`);
    expect(section.split('\n### ')[0], `${guide} ${name}`).toContain(`| \`${name}\` | ${here} | ${note ?? ''} |`);
  }
});

test('a variable that a guide names is read by the option it is said to be', () => {
  for (const { name, option } of guideNames) {
    if (!option || name.includes('.')) continue;
    const { variable, further = [] } = specOf(option);
    expect([variable, ...further], name).toContain(name);
  }
  // No variable belongs to two options.
  const all = optionNames.flatMap((name) => [specOf(name).variable, ...(specOf(name).further ?? [])]);
  expect(all.length).toBe(new Set(all).size);
});
