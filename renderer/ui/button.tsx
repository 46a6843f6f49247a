import type { LucideIcon } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cx } from './cx.ts';
import { CommandKey, KeyCap } from './key-cap.tsx';

const looks = {
  plain: 'bg-control text-ink ring-1 ring-inset ring-hair-strong enabled:hover:bg-active enabled:active:bg-press',
  primary: 'bg-accent text-accent-fg enabled:hover:bg-accent-hover enabled:active:bg-accent-press',
  ghost: 'text-ink-2 enabled:hover:bg-hover enabled:hover:text-ink enabled:active:bg-press',
  danger: 'bg-control text-failed ring-1 ring-inset ring-hair-strong enabled:hover:bg-failed-bg',
} as const;

const sizes = {
  xs: 'h-[22px] px-2 text-sm gap-1.5',
  sm: 'h-6 px-2 text-sm gap-1.5',
  md: 'h-7 px-2.5 gap-1.5',
  lg: 'h-8 px-3.5 gap-2',
  touch: 'h-12 px-4 text-[15px] gap-2 rounded-[8px]',
} as const;

export interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof looks;
  size?: keyof typeof sizes;
  icon?: LucideIcon;
  /** The command whose key is shown. */
  command?: string;
  /** A key to show that is no command's. */
  keys?: string;
}

/** A button. With an icon alone it needs `aria-label`. */
export function Button({
  look = 'plain',
  size = 'md',
  icon: Icon,
  command,
  keys,
  className,
  children,
  type = 'button',
  ...rest
}: ButtonProps) {
  const keyClass =
    look === 'primary' ? 'text-current ring-[color-mix(in_srgb,currentColor_38%,transparent)]' : undefined;
  const bare = children === undefined;
  return (
    <button
      type={type}
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-3 font-medium whitespace-nowrap transition-colors duration-[var(--t-fast)] disabled:text-ink-off',
        look === 'primary' && 'disabled:bg-active disabled:ring-0',
        looks[look],
        sizes[size],
        bare && (size === 'sm' || size === 'xs' ? 'w-6 px-0' : size === 'touch' ? 'w-12 px-0' : 'w-7 px-0'),
        className,
      )}
      title={bare ? rest['aria-label'] : undefined}
      {...rest}
    >
      {Icon && <Icon size={size === 'lg' || bare ? 16 : 14} strokeWidth={2} aria-hidden className="shrink-0" />}
      {children}
      {command && <CommandKey id={command} className={keyClass} />}
      {keys && <KeyCap keys={keys} className={keyClass} />}
    </button>
  );
}
