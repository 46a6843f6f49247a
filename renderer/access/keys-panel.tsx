import { KeyRound, Pencil, Plus, RefreshCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ApiKey } from '../../shared/credentials.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { exactTime } from '../ui/format.ts';
import { KeyDialog } from './key-dialog.tsx';
import { Expiry, LastUse } from './when.tsx';

type Open = { kind: 'new' } | { kind: 'edit'; key: ApiKey } | { kind: 'rotate'; key: ApiKey } | null;

/** Keys for scripts: made, changed, replaced, revoked. Their secrets are told once. */
export function KeysPanel({ keys }: { keys: readonly ApiKey[] }) {
  const [open, setOpen] = useState<Open>(null);
  return (
    <Panel
      title="Keys"
      about="For scripts and other programs. Only their hashes are kept."
      end={
        <Button icon={Plus} onClick={() => setOpen({ kind: 'new' })} className="max-phone:h-11">
          New key
        </Button>
      }
    >
      {keys.length === 0 && (
        <p className="flex items-center gap-2 px-4 py-3 text-ink-2">
          <KeyRound size={16} aria-hidden className="text-ink-3" />
          None yet. A key lets a script in with just the rights it needs, and can be revoked alone.
        </p>
      )}
      <ul className="divide-y divide-hair-soft">
        {keys.map((key) => (
          <KeyRow key={key.id} shown={key} onOpen={setOpen} />
        ))}
      </ul>
      {open && <KeyDialog open={open} onClose={() => setOpen(null)} />}
    </Panel>
  );
}

function KeyRow({ shown, onOpen }: { shown: ApiKey; onOpen: (open: Open) => void }) {
  const { client } = useApp().connection;
  const [busy, setBusy] = useState(false);
  const revoke = async (): Promise<void> => {
    setBusy(true);
    try {
      await client.access.keys.revoke({ id: shown.id });
      tell(`Revoked ${shown.name}. What was open with it is closed.`);
    } catch (error) {
      setBusy(false);
      tell(errorText(error), { tone: 'error' });
    }
  };
  return (
    <li className="flex items-center gap-3 px-4 py-2 max-phone:flex-wrap">
      <div className="min-w-0 flex-1 max-phone:basis-full">
        <p className="flex min-w-0 items-baseline gap-2">
          <span className="truncate" title={`Made by ${shown.createdBy}, ${exactTime(shown.createdAt)}`}>
            {shown.name}
          </span>
          <code className="shrink-0 text-sm text-ink-3">{shown.hint}</code>
        </p>
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 pt-0.5 text-sm text-ink-2">
          <span className="flex flex-wrap gap-1">
            {shown.permissions.map((permission) => (
              <Chip key={permission} className="font-mono">
                {permission}
              </Chip>
            ))}
          </span>
          {shown.rateLimit !== null && <span className="figures">{shown.rateLimit} a minute</span>}
          <Expiry at={shown.expiresAt} />
          <LastUse at={shown.lastUsedAt} from={shown.lastUsedFrom} />
          {shown.previousUntil !== null && (
            <span className="text-needs" title={exactTime(shown.previousUntil)}>
              the secret before still works
            </span>
          )}
        </p>
      </div>
      <Button
        look="ghost"
        icon={Pencil}
        aria-label={`Change ${shown.name}`}
        onClick={() => onOpen({ kind: 'edit', key: shown })}
        className="max-phone:size-11"
      />
      <Button
        look="ghost"
        icon={RefreshCw}
        aria-label={`Replace the secret of ${shown.name}`}
        onClick={() => onOpen({ kind: 'rotate', key: shown })}
        className="max-phone:size-11"
      />
      <Button
        look="danger"
        icon={Trash2}
        disabled={busy}
        aria-label={`Revoke ${shown.name}`}
        onClick={() => void revoke()}
        className="max-phone:h-11"
      >
        Revoke
      </Button>
    </li>
  );
}
