import type { ReactNode } from 'react';

/** A part of the inspector, with a heading. */
export function Pane({ title, end, children }: { title: string; end?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title} className="border-b border-hair px-4 py-3">
      <h2 className="mb-1 flex items-center gap-2 text-sm leading-5 font-strong">
        <span className="flex-1">{title}</span>
        {end && <span className="text-xs font-normal text-ink-3">{end}</span>}
      </h2>
      {children}
    </section>
  );
}
