import type { ReactNode } from 'react';
import type { Worker } from '../../shared/workers.ts';
import { hrefOf } from '../app/router.ts';
import { Where } from '../board/worker-card.tsx';
import { Chip } from '../ui/chip.tsx';
import { Since } from '../ui/instruments.tsx';
import { CommandKey } from '../ui/key-cap.tsx';
import { ShellSyntax } from '../ui/syntax.tsx';

/** The bar over what is open: whose it is, how long it waits, and the way to its worker. */
export function DetailHead({
  worker,
  mark,
  name,
  end,
}: {
  worker: Worker | undefined;
  mark: ReactNode;
  name: string;
  end?: ReactNode;
}) {
  return (
    <div className="flex h-(--viewbar-h) shrink-0 items-center gap-2.5 border-b border-hair pr-4 pl-8 max-narrow:pl-5">
      {mark}
      <b className="min-w-0 shrink truncate font-strong">{name}</b>
      {worker && <Where worker={worker} className="min-w-0 truncate font-mono text-sm text-ink-3 max-wide:hidden" />}
      {worker?.role && <Chip className="max-narrow:hidden">{worker.role}</Chip>}
      <span className="ml-auto flex shrink-0 items-center gap-3 text-sm">
        {end}
        {worker && <OpenWorker worker={worker} />}
      </span>
    </div>
  );
}

function OpenWorker({ worker }: { worker: Worker }) {
  return (
    <a
      href={hrefOf({ view: 'worker', id: worker.id, tab: null, file: null })}
      className="inline-flex h-7 shrink-0 items-center gap-1.5 rounded-3 bg-control px-2.5 font-medium ring-1 ring-inset ring-hair-strong hover:bg-active"
    >
      Open worker
      <CommandKey id="open.worker" />
    </a>
  );
}

/** A part of a page with a small heading. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-4">
      <h3 className="mb-1.5 text-sm font-strong">{title}</h3>
      {children}
    </section>
  );
}

/** Facts as rows with a label. */
export function Facts({ rows }: { rows: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="overflow-hidden rounded-3 bg-surface text-sm ring-1 ring-inset ring-hair">
      {rows.map(([label, value]) => (
        <div
          key={label}
          className="grid min-h-8 grid-cols-[150px_minmax(0,1fr)] items-center gap-2.5 border-t border-hair-soft px-3 py-1 first:border-t-0 max-narrow:grid-cols-[84px_minmax(0,1fr)]"
        >
          <dt className="self-start py-0.5 text-ink-3">{label}</dt>
          <dd className="min-w-0 wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The last lines of what a worker said or did. */
export function LastLines({ worker }: { worker: Worker }) {
  if (worker.preview.length === 0) return null;
  return (
    <section className="mt-4">
      <h3 className="mb-1.5 flex items-baseline gap-2 text-sm font-strong">
        Last lines <Since at={worker.lastActivityAt} after="ago" className="font-normal text-ink-3" />
      </h3>
      <pre className="overflow-x-auto rounded-3 bg-term-bg px-3.5 py-2.5 text-sm leading-[18px] text-term-fg ring-1 ring-inset ring-hair">
        {worker.preview.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line has no other identity than its place
          <div key={index}>
            <ShellSyntax text={line} />
          </div>
        ))}
      </pre>
    </section>
  );
}

/** A link that looks like a button. */
export function LinkButton({
  href,
  size = 'lg',
  children,
}: {
  href: string;
  size?: 'lg' | 'touch';
  children: ReactNode;
}) {
  return (
    <a
      href={href}
      className={
        size === 'touch'
          ? 'inline-flex h-12 flex-1 items-center justify-center rounded-[8px] bg-control px-4 text-[15px] font-medium ring-1 ring-inset ring-hair-strong'
          : 'inline-flex h-8 shrink-0 items-center rounded-3 bg-control px-3.5 font-medium ring-1 ring-inset ring-hair-strong hover:bg-active'
      }
    >
      {children}
    </a>
  );
}

/** Buttons at the foot of what is open. */
export function DetailFoot({ children }: { children: ReactNode }) {
  return (
    <footer className="shrink-0 border-t border-hair bg-surface px-8 pt-3 pb-3.5 max-narrow:px-5">
      <div className="max-w-[900px]">{children}</div>
    </footer>
  );
}
