/** The sign between the parts of a path, as the machine that has it writes it. */
const separatorOf = (path: string): '/' | '\\' => (/^[A-Za-z]:|^\\\\/.test(path) ? '\\' : '/');

export const nameOf = (path: string): string => path.slice(path.lastIndexOf(separatorOf(path)) + 1);

export function parentOf(path: string): string {
  const end = path.lastIndexOf(separatorOf(path));
  return end <= 0 ? path.slice(0, 1) : path.slice(0, end);
}

export function joinPath(folder: string, name: string): string {
  const separator = separatorOf(folder);
  const below = separator === '\\' ? name.replaceAll('/', '\\') : name;
  return folder.endsWith(separator) ? `${folder}${below}` : `${folder}${separator}${below}`;
}

/** Whether `path` is `folder` or lies below it. */
export const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(separatorOf(folder)) ? folder : `${folder}${separatorOf(folder)}`);

/** The way from `folder` to `path` below it, with slashes; empty for the folder itself. */
export const wayFrom = (folder: string, path: string): string =>
  path === folder
    ? ''
    : path
        .slice(folder.length)
        .replace(/^[\\/]/, '')
        .replaceAll(separatorOf(path), '/');

/** The path after the folder or file `from` was renamed to `to`. */
export const moved = (path: string, from: string, to: string): string =>
  isBelow(path, from) ? `${to}${path.slice(from.length)}` : path;

/** All folders from below `root` down to the one that holds `path`. */
export function foldersTo(root: string, path: string): string[] {
  const folders: string[] = [];
  for (let at = parentOf(path); isBelow(at, root) && at !== root; at = parentOf(at)) folders.unshift(at);
  return folders;
}
