import { Plus, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { TextField } from '../ui/fields.tsx';

/** Values of a setting as chips, each to be taken out, and a field for a further one. What is refused stays in the field. */
export function ValueList({
  values,
  disabled,
  invalid,
  onSave,
  fieldLabel,
  placeholder,
  removeLabel,
  add,
  kept,
  children,
}: {
  values: readonly string[];
  disabled: boolean;
  invalid: boolean;
  /** Resolves to whether it was saved. */
  onSave: (values: string[]) => Promise<boolean>;
  fieldLabel: string;
  placeholder: string;
  removeLabel: (value: string) => string;
  /** The word on the button. */
  add: string;
  /** Why none may be taken out now. */
  kept?: string | undefined;
  /** What stands before the values. */
  children?: ReactNode;
}) {
  const [typed, setTyped] = useState('');
  return (
    <>
      {children}
      {values.map((value) => (
        <Chip key={value} className="gap-0.5 pr-0 font-mono max-phone:h-11">
          {value}
          <Button
            look="ghost"
            size="xs"
            icon={X}
            aria-label={removeLabel(value)}
            disabled={disabled || kept !== undefined}
            title={kept}
            className="h-5 w-5 max-phone:size-11"
            onClick={() => void onSave(values.filter((other) => other !== value))}
          />
        </Chip>
      ))}
      <form
        className="flex gap-1.5"
        onSubmit={(event) => {
          event.preventDefault();
          const value = typed.trim();
          if (value) void onSave([...new Set([...values, value])]).then((saved) => saved && setTyped(''));
        }}
      >
        <TextField
          mono
          aria-label={fieldLabel}
          placeholder={placeholder}
          value={typed}
          disabled={disabled}
          invalid={invalid}
          onChange={(event) => setTyped(event.target.value)}
          className={placeholder.length > 20 ? 'w-64 max-phone:w-52' : 'w-40'}
        />
        <Button type="submit" icon={Plus} disabled={disabled || !typed.trim()} className="max-phone:h-11">
          {add}
        </Button>
      </form>
    </>
  );
}
