import { useEffect, useRef, useState } from 'react';
import { TextField } from '../ui/fields.tsx';

/** A field for a name in the tree: Enter takes it, Escape or another place lets it be. */
export function NameField({
  depth,
  label,
  initial,
  onDone,
}: {
  depth: number;
  label: string;
  initial: string;
  /** With null when nothing is to be named. */
  onDone: (name: string | null) => void;
}) {
  const [name, setName] = useState(initial);
  const field = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  const end = (result: string | null): void => {
    if (done.current) return;
    done.current = true;
    onDone(result);
  };
  useEffect(() => {
    field.current?.focus();
    const dot = initial.lastIndexOf('.');
    field.current?.setSelectionRange(0, dot > 0 ? dot : initial.length);
  }, [initial]);
  const problem = /[\\/\0]/.test(name) || name === '.' || name === '..';
  return (
    <div className="flex h-full items-center" style={{ paddingLeft: depth * 14 + 18 }}>
      <TextField
        ref={field}
        aria-label={label}
        value={name}
        invalid={problem}
        title={problem ? 'A name has no slash and is not “.” or “..”.' : undefined}
        maxLength={255}
        className="h-6 flex-1 text-sm"
        onChange={(event) => setName(event.target.value)}
        onBlur={() => end(null)}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'Escape') end(null);
          if (event.key === 'Enter' && !problem) end(name.trim() || null);
        }}
      />
    </div>
  );
}
