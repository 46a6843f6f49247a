import type { ILink, ILinkProvider, Terminal } from '@xterm/xterm';

/** A path in a terminal's text: where it stands in the line, and what it names. */
export interface FoundPath {
  start: number;
  end: number;
  path: string;
}

/** A relative or absolute path with an ending, perhaps with line and column: "src/a.ts:12:3", "./b.md", "/x/y.py". */
const pathPattern =
  /(?<![\w@%+=:~/.-])((?:\.{1,2}\/|\/)?(?:[\w@.+-]+\/)*[\w@+-][\w@.+-]*\.[A-Za-z][\w]{0,9})(?::\d+(?::\d+)?)?/g;

/** The paths in a line that lie inside `folder` (with its slash at the end or not), as relative to it. */
export function findPaths(line: string, folder: string): FoundPath[] {
  const root = folder.endsWith('/') ? folder : `${folder}/`;
  const found: FoundPath[] = [];
  for (const match of line.matchAll(pathPattern)) {
    const [whole, written = ''] = match;
    // A domain or a version is no file: what has no slash needs a known look of a file name with a line, or a common ending.
    if (
      !written.includes('/') &&
      !/:\d/.test(whole) &&
      !/\.(tsx?|jsx?|mjs|cjs|py|rs|go|java|kt|swift|c|h|cc|cpp|cs|rb|php|md|json|ya?ml|toml|css|html|sh|sql|txt)$/i.test(
        written,
      )
    )
      continue;
    const path = written.startsWith('/')
      ? written.startsWith(root)
        ? written.slice(root.length)
        : null
      : written.replace(/^\.\//, '');
    if (!path || path.startsWith('../')) continue;
    found.push({ start: match.index, end: match.index + whole.length, path });
  }
  return found;
}

/** Makes the paths of a terminal's text links. A line that is wrapped over several rows is read as one. */
export function fileLinks(terminal: Terminal, folder: string, open: (path: string) => void): ILinkProvider {
  return {
    provideLinks(row, give) {
      const buffer = terminal.buffer.active;
      let first = row - 1;
      while (first > 0 && row - first < 20 && buffer.getLine(first)?.isWrapped) first -= 1;
      let text = '';
      for (let index = first; index < first + 20; index += 1) {
        const line = buffer.getLine(index);
        if (!line || (index > first && !line.isWrapped)) break;
        text += line.translateToString(false);
      }
      const { cols } = terminal;
      const place = (at: number) => ({ x: (at % cols) + 1, y: first + 1 + Math.floor(at / cols) });
      const links = findPaths(text, folder)
        .map(
          ({ start, end, path }): ILink => ({
            range: { start: place(start), end: place(end - 1) },
            text: path,
            activate: (event) => {
              if (event.metaKey || event.ctrlKey) open(path);
            },
          }),
        )
        .filter(({ range }) => range.start.y <= row && range.end.y >= row);
      give(links.length > 0 ? links : undefined);
    },
  };
}
