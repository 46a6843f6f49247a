import { readablePath } from '../../shared/repository-path.ts';
import type { ChangedFile } from '../../shared/worktrees.ts';
import { cx } from '../ui/cx.ts';
import { FileDelta } from './file-list.tsx';
import { StatusLetter, statusLooks } from './status-letter.tsx';

/** One changed file in a list. */
export function FileRow({ file, on, href }: { file: ChangedFile; on: boolean; href: string }) {
  const { name } = statusLooks[file.status];
  const path = readablePath(file.path);
  const slash = path.lastIndexOf('/');
  return (
    <a
      href={href}
      aria-current={on ? 'true' : undefined}
      title={`${path}, ${name}`}
      className={cx(
        'focus-inset flex h-[26px] min-w-0 items-center gap-2 rounded-2 px-2 text-sm max-phone:h-11',
        on ? 'bg-active' : 'hover:bg-hover',
      )}
    >
      <StatusLetter status={file.status} />
      <span className="flex min-w-0 flex-1">
        <span className="truncate text-ink-3">{path.slice(0, slash + 1)}</span>
        <span className="shrink-0">{path.slice(slash + 1)}</span>
      </span>
      <span className="shrink-0 text-xs">
        <FileDelta file={file} />
      </span>
    </a>
  );
}
