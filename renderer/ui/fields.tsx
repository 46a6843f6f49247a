import { ChevronDown, type LucideIcon } from 'lucide-react';
import { Switch as RadixSwitch } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx.ts';

const fieldLook =
  'rounded-3 bg-well text-ink ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus focus-visible:outline-2 focus-visible:outline-offset-0 focus-visible:outline-accent-bg disabled:text-ink-off';

/** A line of text. */
export function TextField({
  mono = false,
  invalid = false,
  className,
  ...rest
}: ComponentProps<'input'> & { mono?: boolean; invalid?: boolean }) {
  return (
    <input
      type="text"
      spellCheck={false}
      autoComplete="off"
      aria-invalid={invalid || undefined}
      className={cx(
        'h-7 min-w-0 px-2 max-phone:h-11 max-phone:text-[16px]',
        fieldLook,
        mono && 'font-mono text-sm',
        invalid && 'ring-failed!',
        className,
      )}
      {...rest}
    />
  );
}

/** One of several values, looking like a chip. */
export function SelectField({
  icon: Icon,
  mono = false,
  className,
  children,
  ...rest
}: ComponentProps<'select'> & { icon?: LucideIcon; mono?: boolean }) {
  return (
    <span className={cx('relative inline-flex min-w-0 items-center', className)}>
      {Icon && (
        <Icon size={14} strokeWidth={2} aria-hidden className="pointer-events-none absolute left-2 text-ink-3" />
      )}
      <select
        className={cx(
          'field-sizing-content h-7 max-w-full min-w-0 appearance-none truncate rounded-2 bg-control pr-6 text-sm ring-1 ring-inset ring-hair-strong hover:bg-active disabled:text-ink-off max-phone:h-11 max-phone:text-[16px]',
          Icon ? 'pl-7' : 'pl-2.5',
          mono && 'font-mono',
        )}
        {...rest}
      >
        {children}
      </select>
      <ChevronDown
        size={12}
        strokeWidth={2.6}
        aria-hidden
        className="pointer-events-none absolute right-2 text-ink-3"
      />
    </span>
  );
}

/** One of a few values, all of them visible. */
export function Segments<T extends string>({
  value,
  options,
  onChange,
  label,
  small = false,
  disabled = false,
}: {
  value: T;
  options: readonly { value: T; label: ReactNode; title?: string }[];
  onChange: (value: T) => void;
  label: string;
  small?: boolean;
  disabled?: boolean;
}) {
  return (
    <div role="radiogroup" aria-label={label} className="inline-flex shrink-0 gap-0.5 rounded-3 bg-active p-0.5">
      {options.map((option) => {
        const on = option.value === value;
        return (
          // biome-ignore lint/a11y/useSemanticElements: a real radio cannot hold an icon and be styled as a segment
          <button
            key={option.value}
            type="button"
            role="radio"
            aria-checked={on}
            aria-label={typeof option.label === 'string' ? undefined : option.title}
            title={option.title}
            disabled={disabled}
            tabIndex={on ? 0 : -1}
            onClick={() => onChange(option.value)}
            onKeyDown={(event) => {
              const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
              if (step === 0) return;
              event.preventDefault();
              event.stopPropagation();
              const index = options.findIndex((candidate) => candidate.value === value);
              const next = options[(index + step + options.length) % options.length];
              if (!next) return;
              onChange(next.value);
              (event.currentTarget.parentElement?.children[options.indexOf(next)] as HTMLElement | undefined)?.focus();
            }}
            className={cx(
              'inline-flex items-center gap-1.5 rounded-2 px-2 text-sm whitespace-nowrap max-phone:h-10',
              small ? 'h-5' : 'h-6',
              on ? 'bg-raised font-medium text-ink ring-1 ring-hair-strong' : 'text-ink-2 hover:text-ink',
              disabled && 'text-ink-off',
            )}
          >
            {option.label}
          </button>
        );
      })}
    </div>
  );
}

/** On or off. */
export function Switch(props: ComponentProps<typeof RadixSwitch.Root>) {
  return (
    <RadixSwitch.Root
      className="relative h-4 w-7 shrink-0 rounded-full bg-off data-[state=checked]:bg-accent disabled:opacity-50"
      {...props}
    >
      <RadixSwitch.Thumb className="block size-3 translate-x-0.5 rounded-full bg-knob transition-transform duration-[var(--t-fast)] data-[state=checked]:translate-x-3.5 data-[state=checked]:bg-accent-fg" />
    </RadixSwitch.Root>
  );
}

/** An error where it arose: what happened, what to do, and the button that does it. */
export function Problem({
  children,
  action,
  className,
}: {
  children: ReactNode;
  action?: ReactNode;
  className?: string;
}) {
  return (
    <div
      role="alert"
      className={cx(
        'flex items-start gap-2.5 rounded-3 bg-failed-bg px-3 py-2 text-sm text-ink ring-1 ring-inset ring-failed-line',
        className,
      )}
    >
      <span className="min-w-0 flex-1 whitespace-pre-wrap wrap-anywhere">{children}</span>
      {action}
    </div>
  );
}
