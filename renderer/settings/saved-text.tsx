import { useEffect, useState } from 'react';
import { TextField } from '../ui/fields.tsx';

/** A text or number that is saved when it is left or Enter is pressed. */
export function SavedText({
  label,
  value,
  disabled,
  invalid,
  onSave,
  type = 'text',
  mono = false,
  className,
  placeholder,
  min,
  max,
}: {
  label: string;
  value: string;
  disabled: boolean;
  invalid: boolean;
  onSave: (value: string) => void;
  type?: 'text' | 'number';
  mono?: boolean;
  className?: string;
  placeholder?: string;
  min?: number;
  max?: number;
}) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const save = (): void => {
    if (typed !== value) onSave(typed);
  };
  return (
    <TextField
      aria-label={label}
      type={type}
      mono={mono}
      min={min}
      max={max}
      value={typed}
      placeholder={placeholder}
      disabled={disabled}
      invalid={invalid}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save();
        if (event.key === 'Escape') setTyped(value);
      }}
      className={className}
    />
  );
}
