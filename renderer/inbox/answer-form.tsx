import type { ReactNode } from 'react';

/** A form that mod+Enter sends from any of its fields and Escape leaves. */
export function AnswerForm({
  onSend,
  onCancel,
  children,
  ...attributes
}: {
  onSend: () => void;
  onCancel: () => void;
  children: ReactNode;
  className: string;
  'aria-label'?: string;
}) {
  return (
    <form
      {...attributes}
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onCancel();
        }
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && !event.repeat) {
          event.preventDefault();
          onSend();
        }
      }}
    >
      {children}
    </form>
  );
}
