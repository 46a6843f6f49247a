import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { cx } from './cx.ts';

/** A dialog over the page: closes with Escape or outside, keeps the focus inside, a full sheet on a phone. */
export function Dialog({
  open,
  onClose,
  title,
  hideTitle = false,
  width = 640,
  top = 88,
  children,
  description,
  guarded = false,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  hideTitle?: boolean;
  width?: number;
  top?: number;
  description?: string;
  /** A click outside does not close it: something was typed. */
  guarded?: boolean;
  children: ReactNode;
}) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-(--z-dialog) bg-scrim" />
        <Radix.Content
          className={cx(
            'enter fixed left-1/2 z-(--z-dialog) flex -translate-x-1/2 flex-col overflow-hidden bg-raised shadow-(--shadow-dialog)',
            'top-[min(var(--dialog-top),calc(48px+4vh))] w-[min(var(--dialog-w),calc(100vw-32px))] max-h-[calc(100dvh-2*min(var(--dialog-top),48px))] rounded-4',
            'max-phone:inset-0 max-phone:top-0 max-phone:h-dvh max-phone:max-h-none max-phone:w-full max-phone:translate-x-0 max-phone:rounded-none',
            'focus:outline-none',
          )}
          style={
            {
              '--dialog-w': `${width}px`,
              '--dialog-top': `${top}px`,
            } as React.CSSProperties
          }
          onPointerDownOutside={(event) => guarded && event.preventDefault()}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <Radix.Title className={hideTitle ? 'sr-only' : 'px-5 pt-4 pb-1 text-md font-strong'}>{title}</Radix.Title>
          {description && <Radix.Description className="px-5 text-sm text-ink-2">{description}</Radix.Description>}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
