import type { ReactNode } from 'react';

/** A line over a terminal's screen: what happened, and the buttons that answer it. */
export function Line({ text, urgent = false, children }: { text: ReactNode; urgent?: boolean; children?: ReactNode }) {
  return (
    <div
      role={urgent ? 'alert' : 'status'}
      className="flex shrink-0 flex-wrap items-center gap-2 border-b border-hair bg-raised px-3 py-1.5 text-sm text-ink"
    >
      <span className="min-w-0 flex-1 wrap-anywhere">{text}</span>
      {children}
    </div>
  );
}
