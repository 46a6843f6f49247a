/** What in a prompt looks like a file: with a slash, or with an ending. */
export function filesNamedIn(prompt: string): string[] {
  const found = prompt.match(/(?:[\w@.-]+\/)+[\w@.-]+|[\w-]+(?:\.[\w-]+)*\.[A-Za-z]\w{0,9}/g) ?? [];
  return [...new Set(found.map((name) => name.replace(/^\.\//, '').replace(/\.+$/, '')))].slice(0, 50);
}

/** Whether a changed file is the one that a prompt names: the same path, or its end. */
export function isNamed(path: string, name: string): boolean {
  return path === name || path.endsWith(`/${name}`);
}
