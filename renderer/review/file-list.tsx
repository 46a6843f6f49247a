import { useVirtualizer } from '@tanstack/react-virtual';
import { Check, ChevronDown, ChevronRight, MessageSquare, Search, X } from 'lucide-react';
import { type RefObject, useMemo, useRef, useState } from 'react';
import { readablePath } from '../../shared/repository-path.ts';
import type { Comment, ReviewFile, ReviewList } from '../../shared/review.ts';
import { useMedia } from '../app/use-media.ts';
import { OverlapIcon } from '../overlaps/overlap-mark.tsx';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Delta } from '../ui/instruments.tsx';
import { useOnChange } from '../ui/use-on-change.ts';
import { fileRows } from './file-groups.ts';
import { StatusLetter } from './status-letter.tsx';

const rowHeight = 28;
const touchRowHeight = 44;

/** The changed files: found by name, folder by folder, with what became of each and whether it was viewed. */
export function FileList({
  list,
  files,
  typed,
  onType,
  search,
  file,
  isViewed,
  overlapping,
  drafts,
  onOpen,
  onOpenComment,
}: {
  list: ReviewList;
  /** Those that fit what was typed, in reading order. */
  files: readonly ReviewFile[];
  typed: string;
  onType: (text: string) => void;
  search: RefObject<HTMLInputElement | null>;
  file: ReviewFile | null;
  isViewed: (file: ReviewFile) => boolean;
  /** Files that another live worker changes too, with what to say of it. */
  overlapping: ReadonlyMap<string, string>;
  drafts: readonly Comment[];
  onOpen: (path: string) => void;
  onOpenComment: (comment: Comment) => void;
}) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => fileRows(files, closed), [files, closed]);
  const place = useRef<HTMLDivElement>(null);
  const touch = useMedia('(hover: none)');
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: () => (touch ? touchRowHeight : rowHeight),
    overscan: 16,
    getItemKey: (index) => rows[index]?.key ?? index,
  });
  const path = file?.path ?? null;
  const at = rows.findIndex(({ key }) => key === path);
  useOnChange(() => {
    if (at >= 0) virtual.scrollToIndex(at);
  }, [path]);
  const viewed = list.files.filter(isViewed).length;
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="relative m-2 flex shrink-0 items-center">
        <Search size={14} aria-hidden className="pointer-events-none absolute left-2.5 text-ink-3" />
        <input
          ref={search}
          type="text"
          aria-label="Filter the files"
          spellCheck={false}
          value={typed}
          placeholder={`Filter ${list.files.length} ${list.files.length === 1 ? 'file' : 'files'}`}
          onChange={(event) => onType(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') {
              onType('');
              event.currentTarget.blur();
            }
            if (event.key === 'Enter') {
              const first = files[0];
              if (first) onOpen(first.path);
              event.currentTarget.blur();
            }
          }}
          className="h-7 w-full rounded-3 bg-well pr-7 pl-8 ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus max-phone:h-11 max-phone:text-[16px]"
        />
        {typed && (
          <Button
            look="ghost"
            size="xs"
            icon={X}
            aria-label="Show all files"
            className="absolute right-1"
            onClick={() => onType('')}
          />
        )}
      </div>
      <nav ref={place} aria-label="Changed files" className="min-h-0 flex-1 overflow-y-auto px-2">
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const style = { transform: `translateY(${item.start}px)`, height: item.size };
            if (row.kind === 'folder') {
              const Icon = row.closed ? ChevronRight : ChevronDown;
              return (
                <button
                  key={row.key}
                  type="button"
                  aria-expanded={!row.closed}
                  className="focus-inset absolute inset-x-0 top-0 flex items-center gap-1.5 rounded-2 px-2 text-left text-sm text-ink-3 hover:bg-hover"
                  style={style}
                  title={readablePath(row.folder)}
                  onClick={() =>
                    setClosed((before) => {
                      const next = new Set(before);
                      if (!next.delete(row.folder)) next.add(row.folder);
                      return next;
                    })
                  }
                >
                  <Icon size={12} strokeWidth={2.6} aria-hidden className="shrink-0" />
                  {/* The end of a long path says more than its beginning. */}
                  <span className="min-w-0 flex-1 truncate [direction:rtl]">
                    <bdi>{readablePath(row.folder) || 'at the top'}</bdi>
                  </span>
                  {row.closed && <span className="text-xs">{row.count}</span>}
                </button>
              );
            }
            const seen = isViewed(row.file);
            const shared = overlapping.get(row.file.path);
            return (
              <div key={row.key} className="absolute inset-x-0 top-0" style={style}>
                <button
                  type="button"
                  aria-current={row.key === path ? 'true' : undefined}
                  title={readablePath(row.file.oldPath ? `${row.file.oldPath} is now ${row.file.path}` : row.file.path)}
                  onClick={() => onOpen(row.file.path)}
                  className={cx(
                    'focus-inset flex size-full items-center gap-2 rounded-2 pr-2 pl-5 text-left',
                    row.key === path ? 'bg-active' : 'hover:bg-hover',
                    seen && row.key !== path && 'text-ink-3',
                  )}
                >
                  <StatusLetter status={row.file.status} />
                  <span className="min-w-0 flex-1 truncate">{readablePath(row.name)}</span>
                  {shared && <OverlapIcon size={13} title={shared} className="text-needs" />}
                  {row.file.drafts > 0 && (
                    <span
                      className="inline-flex h-4 items-center rounded-full bg-active px-1.5 text-2xs font-medium text-ink-2"
                      title={`${row.file.drafts} ${row.file.drafts === 1 ? 'comment' : 'comments'} to send`}
                    >
                      {row.file.drafts}
                    </span>
                  )}
                  {row.file.staged !== 'none' && <StagedMark staged={row.file.staged} />}
                  <span className="shrink-0 text-xs">
                    <FileDelta file={row.file} />
                  </span>
                  {seen && (
                    <span role="img" aria-label="viewed" className="text-ink-3">
                      <Check size={13} aria-hidden />
                    </span>
                  )}
                </button>
              </div>
            );
          })}
        </div>
        {rows.length === 0 && <p className="p-2 text-sm text-ink-3">No changed file has “{typed}” in its path.</p>}
      </nav>
      {drafts.length > 0 && (
        <section
          aria-label="Comments to send"
          className="max-h-[30%] shrink-0 overflow-y-auto border-t border-hair p-2"
        >
          <h3 className="flex px-2 text-sm leading-6 text-ink-3">
            <span className="flex-1">To send</span>
            {drafts.length}
          </h3>
          {drafts.map((comment) => (
            <button
              key={comment.id}
              type="button"
              onClick={() => onOpenComment(comment)}
              title={`${readablePath(comment.path)}: ${comment.text}`}
              className="focus-inset flex h-7 w-full items-center gap-2 rounded-2 px-2 text-left text-sm hover:bg-hover max-phone:h-11"
            >
              <MessageSquare size={13} aria-hidden className="shrink-0 text-ink-3" />
              <span className="min-w-0 flex-1 truncate">{comment.text}</span>
              <span className="figures text-xs text-ink-3">{comment.endLine || 'file'}</span>
            </button>
          ))}
        </section>
      )}
      <div className="shrink-0 border-t border-hair px-4 py-2.5 text-sm">
        <p className="flex items-center gap-2">
          <span className="flex-1">
            {viewed} of {list.files.length} viewed
          </span>
          <span className="text-xs">
            <Delta additions={list.additions} deletions={list.deletions} />
          </span>
        </p>
        <div className="mt-2 h-[3px] overflow-hidden rounded-full bg-track" aria-hidden>
          <div
            className="h-full bg-accent"
            style={{ width: `${list.files.length === 0 ? 0 : (100 * viewed) / list.files.length}%` }}
          />
        </div>
        {list.truncated && (
          <p className="mt-2 text-xs text-needs">More than 5,000 files changed: the rest is not listed here.</p>
        )}
      </div>
    </div>
  );
}

/** Lines added and removed, or what there is instead. */
export function FileDelta({ file }: { file: Pick<ReviewFile, 'additions' | 'deletions'> }) {
  if (file.additions === null) return <span className="text-ink-3">binary</span>;
  return <Delta additions={file.additions} deletions={file.deletions ?? 0} />;
}

/** How much of a file is in the index: a filled or a half filled square. */
function StagedMark({ staged }: { staged: 'part' | 'all' }) {
  const words = staged === 'all' ? 'staged' : 'staged in part';
  return (
    <span
      role="img"
      aria-label={words}
      title={words}
      className="grid size-2.5 shrink-0 place-items-center rounded-1 ring-1 ring-done-line"
    >
      <span className={cx('rounded-1 bg-done', staged === 'all' ? 'size-2.5' : 'h-2.5 w-1 justify-self-start')} />
    </span>
  );
}
