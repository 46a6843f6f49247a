import type { ReactNode } from 'react';

/** A step of the delivery, with a heading. */
export function Part({ title, end, children }: { title: string; end?: ReactNode; children: ReactNode }) {
  return (
    <section aria-label={title} className="grid gap-2 border-b border-hair px-4 py-3">
      <h3 className="flex items-center gap-2 text-sm leading-5 font-strong">
        <span className="flex-1">{title}</span>
        {end && <span className="text-xs font-normal text-ink-3">{end}</span>}
      </h3>
      {children}
    </section>
  );
}

/** A field of several lines. */
export const areaLook =
  'field-sizing-content block max-h-64 w-full resize-none rounded-3 bg-well px-2.5 py-1.5 ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus max-phone:text-[16px]';

/** A choice that is on or off, with what it means. */
export function Tick({
  checked,
  onChange,
  children,
}: {
  checked: boolean;
  onChange: (on: boolean) => void;
  children: ReactNode;
}) {
  return (
    <label className="flex min-h-6 items-start gap-2 text-sm text-ink-2 max-phone:min-h-11 max-phone:items-center">
      <input
        type="checkbox"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="mt-[3px] size-3.5 shrink-0 accent-(--accent) max-phone:mt-0"
      />
      <span>{children}</span>
    </label>
  );
}
