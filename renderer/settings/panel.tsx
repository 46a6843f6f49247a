import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from '../ui/cx.ts';

/** A part of the settings under its own heading. */
export function Panel({
  title,
  about,
  end,
  children,
}: {
  title: string;
  about: string;
  end?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section aria-label={title} className="min-w-0 overflow-hidden rounded-3 bg-surface ring-1 ring-inset ring-hair">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 border-b border-hair px-4 py-2.5">
        <div className="min-w-0 flex-1 basis-52">
          <h2 className="font-strong">{title}</h2>
          <p className="text-sm text-ink-2">{about}</p>
        </div>
        {end}
      </header>
      {children}
    </section>
  );
}

/** One setting: its name, its field and what to know of it; what was wrong stands under it. */
export function SettingRow({
  label,
  hint,
  error,
  lockedBy,
  children,
}: {
  label: string;
  hint?: string;
  error?: string | null;
  lockedBy?: string;
  children: ReactNode;
}) {
  return (
    <div className="border-t border-hair-soft px-4 py-2 first:border-t-0">
      <div className="grid min-h-8 grid-cols-[160px_minmax(0,1fr)] items-center gap-3 max-phone:grid-cols-1 max-phone:gap-1">
        <span className="text-ink-2">{label}</span>
        <div className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
          {children}
          {lockedBy ? <HeldBy name={lockedBy} /> : hint && <span className="text-sm text-ink-3">{hint}</span>}
        </div>
      </div>
      {error && (
        <p role="alert" className="mt-1 pl-[172px] text-sm text-failed max-phone:pl-0">
          {error} The last good value holds.
        </p>
      )}
    </div>
  );
}

/** Says which flag or variable holds a setting. */
export function HeldBy({ name, className }: { name: string; className?: string }) {
  return (
    <span className={cx('flex items-center gap-1.5 text-sm text-ink-3', className)}>
      <Lock size={12} aria-hidden />
      held by <code>{name}</code>
    </span>
  );
}
