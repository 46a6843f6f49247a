import { beforeEach, describe, expect, test } from 'vitest';
import type { FileEntry } from '../../shared/files.ts';
import { freeName } from './file-actions.ts';
import { foldersTo, isBelow, joinPath, moved, nameOf, parentOf, wayFrom } from './file-paths.ts';
import { closeTab, followMove, forgetBelow, openTab, setDraft, setExpanded, useFiles } from './files-store.ts';
import { formed, textForm } from './text-form.ts';
import { treeRows } from './tree-rows.ts';

const entry = (path: string, kind: FileEntry['kind'] = 'file'): FileEntry => ({
  path,
  name: nameOf(path),
  kind,
  linkTo: null,
  sizeBytes: 1,
  modifiedAt: 1,
  writable: true,
});

describe('paths of either kind of machine', () => {
  test.each([
    ['/srv/shop', '/srv/shop/src/a.ts', 'src/a.ts'],
    ['C:\\work\\shop', 'C:\\work\\shop\\src\\a.ts', 'src/a.ts'],
    ['\\\\server\\share', '\\\\server\\share\\src\\a.ts', 'src/a.ts'],
  ])('%s', (root, path, way) => {
    expect([wayFrom(root, path), joinPath(root, way), nameOf(path)]).toEqual([way, path, 'a.ts']);
    expect(foldersTo(root, path)).toEqual([joinPath(root, 'src')]);
    expect([isBelow(path, root), isBelow(`${root}2`, root), wayFrom(root, root)]).toEqual([true, false, '']);
  });

  test('the top has no parent but itself; a name with a backslash is one name', () => {
    expect([parentOf('/a'), parentOf('/')]).toEqual(['/', '/']);
    expect(nameOf('/srv/a\\b')).toBe('a\\b');
    expect(moved('/srv/a/b.ts', '/srv/a', '/srv/c')).toBe('/srv/c/b.ts');
    expect(moved('/srv/ab', '/srv/a', '/srv/c')).toBe('/srv/ab');
  });
});

describe('what an editor does not show', () => {
  test.each([
    ['\ufeffa\r\nb\r\n', 'a\nb\n', { mark: true, lineEnd: '\r\n', mixed: false }],
    ['a\nb', 'a\nb', { mark: false, lineEnd: '\n', mixed: false }],
    ['', '', { mark: false, lineEnd: '\n', mixed: false }],
  ])('comes back unchanged: %j', (content, text, form) => {
    expect(textForm(content)).toEqual({ text, form });
    expect(formed(text, textForm(content).form)).toBe(content);
  });

  test.each(['a\r\nb\nc\r\n', 'a\rb\n'])('ends of both kinds are told of: %j', (content) => {
    expect(textForm(content).form.mixed).toBe(true);
  });
});

describe('the tree', () => {
  const folders = {
    '/r': {
      items: [entry('/r/.git', 'folder'), entry('/r/src', 'folder'), entry('/r/a')],
      nextCursor: 'fa',
      error: null,
    },
    '/r/src': { items: [], nextCursor: null, error: null },
  };
  const keys = (...[expanded, naming]: [string[], Parameters<typeof treeRows>[3]]) =>
    treeRows('/r', folders, new Set(expanded), naming).map(({ key, depth }) => [depth, key]);

  test('shows what is open, the rest of a long folder, and that one is empty', () => {
    expect(keys([], null)).toEqual([
      [0, '/r/src'],
      [0, '/r/a'],
      [0, 'more /r'],
    ]);
    expect(keys(['/r/src'], null)[1]).toEqual([1, 'empty /r/src']);
    expect(keys(['/r/src'], { folder: '/r/src', what: 'file' })[1]).toEqual([1, 'naming /r/src']);
  });
});

describe('what is open', () => {
  beforeEach(() => useFiles.setState({ open: [], expanded: [], drafts: {}, folders: {} }));

  test('follows what is renamed; what was typed outlives closing and deleting', () => {
    for (const path of ['/r/src/a.ts', '/r/b.ts', '/r/src/a.ts']) openTab(path);
    setExpanded('/r/src', true);
    setDraft('/r/src/a.ts', { text: 'typed', modifiedAt: 1 });
    followMove('/r/src', '/r/lib');
    expect(useFiles.getState()).toMatchObject({
      open: ['/r/lib/a.ts', '/r/b.ts'],
      expanded: ['/r/lib'],
      drafts: { '/r/lib/a.ts': { text: 'typed' } },
    });
    forgetBelow('/r/lib');
    closeTab('/r/b.ts');
    expect(useFiles.getState()).toMatchObject({ open: [], expanded: [], drafts: { '/r/lib/a.ts': { text: 'typed' } } });
    setDraft('/r/lib/a.ts', null);
    expect(useFiles.getState().drafts).toEqual({});
  });

  test('a copy gets a name that nobody has', () => {
    expect(freeName('notes.md', new Set())).toBe('notes copy.md');
    expect(freeName('notes.md', new Set(['notes copy.md']))).toBe('notes copy 2.md');
    expect(freeName('.env', new Set())).toBe('.env copy');
  });
});
