import { X } from 'lucide-react';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { closeToast, useUi } from './ui-state.ts';

/** What happened elsewhere, at the lower edge. */
export function Toasts() {
  const toasts = useUi((state) => state.toasts);
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed right-4 bottom-10 z-(--z-toast) grid w-[min(400px,calc(100vw-32px))] gap-2 max-phone:bottom-20"
    >
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className={cx(
            'enter pointer-events-auto flex items-center gap-3 rounded-3 bg-raised py-2 pr-2 pl-3.5 shadow-(--shadow-pop)',
            toast.tone === 'error' && 'ring-1 ring-failed-line',
          )}
        >
          <span className="min-w-0 flex-1 wrap-anywhere">{toast.text}</span>
          {toast.action && (
            <Button
              size="sm"
              onClick={() => {
                toast.action?.run();
                closeToast(toast.id);
              }}
            >
              {toast.action.label}
            </Button>
          )}
          <Button look="ghost" size="sm" icon={X} aria-label="Close" onClick={() => closeToast(toast.id)} />
        </div>
      ))}
    </div>
  );
}
