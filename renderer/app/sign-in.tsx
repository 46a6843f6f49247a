import { useState } from 'react';
import { claimDevice, isPairingCode } from '../data/pairing.ts';
import { Button } from '../ui/button.tsx';
import { Problem, TextField } from '../ui/fields.tsx';
import { BrandSign } from './brand.tsx';

/** Asks for the token and says where it is. */
export function SignIn({ reason, onToken }: { reason: string | null; onToken: (token: string) => void }) {
  const [token, setToken] = useState('');
  return (
    <main className="grid h-full place-items-center overflow-y-auto p-6">
      <form
        className="grid w-full max-w-[440px] gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const given = /token=([^&\s]+)/.exec(token)?.[1] ?? token.trim();
          // A short token of one's own can look like a code.
          if (isPairingCode(given)) claimDevice(given).then(onToken, () => onToken(given));
          else if (given) onToken(decodeURIComponent(given));
        }}
      >
        <div className="flex items-center gap-3">
          <BrandSign size={28} />
          <h1 className="text-xl font-strong tracking-[-.018em]">Control Room</h1>
        </div>
        {reason ? (
          <Problem>{reason} Enter the token that this Control Room printed, or a new pairing code.</Problem>
        ) : (
          <p className="text-ink-2">This Control Room asks for a token or a pairing code before it shows anything.</p>
        )}
        <label className="grid gap-1.5">
          <span className="text-sm font-medium">Token, pairing code, or the whole address</span>
          <TextField
            mono
            type="password"
            autoFocus
            autoComplete="current-password"
            value={token}
            onChange={(event) => setToken(event.target.value)}
            className="h-9"
          />
        </label>
        <Button type="submit" look="primary" size="lg" disabled={!token.trim()}>
          Open
        </Button>
        <div className="text-sm text-ink-2">
          <p>Where it is:</p>
          <ul className="mt-1 list-disc pl-5">
            <li>a pairing code: in Settings, Port &amp; access, of a Control Room that is open already</li>
            <li>
              in the address that <code>npm start</code> or <code>control-room start</code> printed, after{' '}
              <code>#token=</code>
            </li>
            <li>
              on the machine it runs on, in the file <code>token</code> of its data folder, unless it was started with
              one of your own
            </li>
          </ul>
        </div>
      </form>
    </main>
  );
}
