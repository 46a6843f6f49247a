import { Check, Copy } from 'lucide-react';
import { useRef, useState } from 'react';
import { tell } from '../app/ui-state.ts';
import { Button } from './button.tsx';
import { TextField } from './fields.tsx';
import { writeClipboard } from './write-clipboard.ts';

/** A secret or address that is shown this once, to be copied. */
export function ShownOnce({ label, value, hint }: { label: string; value: string; hint: string }) {
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = async (): Promise<void> => {
    field.current?.select();
    if (await writeClipboard(value)) setCopied(true);
    else tell('The browser does not let this page use the clipboard: copy the marked text by key.', { tone: 'error' });
  };
  return (
    <div className="grid gap-1.5 rounded-3 bg-accent-bg p-3 ring-1 ring-inset ring-accent-line">
      <div className="flex gap-2">
        <TextField
          ref={field}
          mono
          readOnly
          aria-label={label}
          value={value}
          className="flex-1"
          onFocus={(event) => event.target.select()}
        />
        <Button icon={copied ? Check : Copy} onClick={() => void copy()} className="max-phone:h-11">
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
      <p className="text-sm text-ink-2">{hint}</p>
    </div>
  );
}
