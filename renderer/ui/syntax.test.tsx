import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { languageOf, Syntax, SyntaxLanguage } from './syntax.tsx';

/** What of a line is coloured, as "look text". */
function coloured(path: string, text: string): string[] {
  const container = document.createElement('div');
  container.innerHTML = renderToStaticMarkup(
    <SyntaxLanguage value={languageOf(path)}>
      <Syntax text={text} />
    </SyntaxLanguage>,
  );
  expect(container.textContent).toBe(text);
  return [...container.querySelectorAll('span')].map(
    ({ className, textContent }) => `${className.replace('syntax-', '')} ${textContent}`,
  );
}

test('a comment is what the file’s language calls one', () => {
  expect(coloured('a.ts', 'const n = 1; // why')).toEqual(['key const', 'number 1', 'comment // why']);
  expect(coloured('a.ts', ' * Gives it for you, "as is".')).toEqual(['comment  * Gives it for you, "as is".']);
  expect(coloured('a.ts', 'this.#field = f(x)')).toEqual(['key this', 'function f']);
  expect(coloured('src/a.py', 'half = n // 2  # whole')).toEqual(['number 2', 'comment # whole']);
  expect(coloured('a.sql', 'select 1 -- one')).toEqual(['number 1', 'comment -- one']);
  expect(coloured('Dockerfile', '# base')).toEqual(['comment # base']);
  expect(coloured('a.unknown', 'x // y')).toEqual(['comment // y']);
});

test('words of a text for people are not taken for keywords', () => {
  expect(coloured('README.md', 'Signs calls for whom it may concern, with 2 dependencies')).toEqual([]);
  expect(coloured('README.md', '## For use')).toEqual(['key ## For use']);
  expect(coloured('README.md', 'Run `npm test`, see [the guide](docs/a.md)')).toEqual([
    'string `npm test`',
    'function [the guide](docs/a.md)',
  ]);
});
