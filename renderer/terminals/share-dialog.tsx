import { Eye, Link2, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { allows } from '../../shared/access.ts';
import type { TerminalId } from '../../shared/ids.ts';
import type { TerminalShare } from '../../shared/terminal-shares.ts';
import { useApp } from '../app/app-context.ts';
import { showDialog, tell } from '../app/ui-state.ts';
import { useNow } from '../data/clock.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { useStream } from '../data/use-stream.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Problem, SelectField, TextField } from '../ui/fields.tsx';
import { duration, exactTime, plural } from '../ui/format.ts';
import { ShownOnce } from '../ui/shown-once.tsx';
import { useTerminalName } from './terminal-name.tsx';

const hour = 60;
const times = [
  { minutes: 15, label: '15 minutes' },
  { minutes: hour, label: '1 hour' },
  { minutes: 8 * hour, label: '8 hours' },
  { minutes: 24 * hour, label: '1 day' },
  { minutes: 7 * 24 * hour, label: '7 days' },
  { minutes: 30 * 24 * hour, label: '30 days' },
];
const uses = [
  { count: 0, label: 'as often as wanted' },
  { count: 1, label: 'once' },
  { count: 5, label: '5 times' },
  { count: 20, label: '20 times' },
];

/** Makes links that show a terminal to others, lists those that hold, and ends them. */
export function ShareDialog({ terminalId }: { terminalId: string }) {
  const id = terminalId as TerminalId;
  const name = useTerminalName(useStore((state) => state.rows.terminals[terminalId]));
  const admin = useStore((state) => allows(state.access, 'admin'));
  // Links that hold, live while this is shown; null until the first answer.
  const { value: shares, error } = useStream(`shares ${id}`, (client, signal) =>
    client.terminals.shares.watch({ id }, { signal }),
  );
  const items = shares?.items ?? null;
  const [made, setMade] = useState<{ id: string; url: string } | null>(null);
  return (
    <Dialog
      open
      onClose={() => showDialog(null)}
      title={`Share a view of ${name}`}
      width={560}
      description="Whoever has a link sees this terminal live. They can type nothing and see nothing else of Control Room."
    >
      <div className="grid min-h-0 gap-4 overflow-y-auto px-5 pt-3 pb-5">
        {admin ? (
          <NewLink id={id} onMade={setMade} />
        ) : (
          <p className="text-sm text-ink-2">Links are made and revoked by an administrator.</p>
        )}
        {made && items?.some((share) => share.id === made.id) && (
          <ShownOnce
            key={made.id}
            label="Link"
            value={made.url}
            hint={`It is shown this once.${loopback.test(made.url) ? ' It opens on this machine, and wherever its port is forwarded to.' : ''}`}
          />
        )}
        <section aria-label="Links that hold">
          <h3 className="mb-1 text-sm font-strong">Links that hold</h3>
          {error && <Problem>{error}</Problem>}
          {items === null && !error && <p className="text-sm text-ink-3">Asking…</p>}
          {items?.length === 0 && (
            <p className="text-sm text-ink-3">None: nobody can look in from outside. A new link is listed here.</p>
          )}
          <ul className="divide-y divide-hair-soft">
            {items?.map((share) => (
              <ShareRow key={share.id} share={share} admin={admin} />
            ))}
          </ul>
        </section>
      </div>
    </Dialog>
  );
}

function NewLink({ id, onMade }: { id: TerminalId; onMade: (made: { id: string; url: string }) => void }) {
  const { client } = useApp().connection;
  const [label, setLabel] = useState('');
  const [minutes, setMinutes] = useState(hour);
  const [count, setCount] = useState(0);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const make = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const { share, token, url } = await client.terminals.shares.create({
        id,
        expiresInMinutes: minutes,
        ...(label.trim() ? { label: label.trim() } : {}),
        ...(count > 0 ? { maxUses: count } : {}),
      });
      // The desktop window has no address that others could open; the port's is told by the orchestrator.
      const own = location.protocol.startsWith('http') ? `${location.origin}/#/shared/${token}` : url;
      if (own) onMade({ id: share.id, url: own });
      else setProblem('The link is made, but no port is open that it could be opened at.');
      setLabel('');
    } catch (error) {
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      className="grid gap-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <TextField
        aria-label="What the link is for"
        placeholder="What it is for (not needed)"
        value={label}
        maxLength={80}
        onChange={(event) => setLabel(event.target.value)}
        className="h-8"
      />
      <div className="flex flex-wrap items-center gap-x-2 gap-y-2 text-sm text-ink-2">
        <label className="flex items-center gap-2">
          Holds for
          <SelectField value={minutes} onChange={(event) => setMinutes(Number(event.target.value))}>
            {times.map((time) => (
              <option key={time.minutes} value={time.minutes}>
                {time.label}
              </option>
            ))}
          </SelectField>
        </label>
        <label className="flex items-center gap-2">
          and opens
          <SelectField value={count} onChange={(event) => setCount(Number(event.target.value))}>
            {uses.map((use) => (
              <option key={use.count} value={use.count}>
                {use.label}
              </option>
            ))}
          </SelectField>
        </label>
        <Button type="submit" look="primary" icon={Link2} disabled={busy} className="ml-auto max-phone:h-11">
          Make a link
        </Button>
      </div>
      {problem && <Problem>{problem}</Problem>}
    </form>
  );
}

const loopback = /^https?:\/\/(127\.|localhost|\[::1\])/;

function ShareRow({ share, admin }: { share: TerminalShare; admin: boolean }) {
  const { client } = useApp().connection;
  const now = useNow();
  const [busy, setBusy] = useState(false);
  const revoke = async (): Promise<void> => {
    setBusy(true);
    try {
      await client.terminals.shares.revoke({ id: share.terminalId, shareId: share.id });
      tell(share.viewers > 0 ? 'Revoked. Who looked through it was cut off.' : 'Revoked.');
    } catch (error) {
      setBusy(false);
      tell(errorText(error), { tone: 'error' });
    }
  };
  const left = share.maxUses === null ? null : share.maxUses - share.uses;
  return (
    <li className="flex items-center gap-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="truncate" title={`Made by ${share.createdBy}, ${exactTime(share.createdAt)}`}>
          {share.label || 'Link without a name'}
        </p>
        <p className="figures flex flex-wrap gap-x-2 text-sm text-ink-3">
          <span title={exactTime(share.expiresAt)}>{duration(share.expiresAt - now)} left</span>
          <span>
            {left === null
              ? `${plural(share.uses, 'use')}, any number`
              : left === 0
                ? 'no uses left'
                : `${plural(left, 'use')} left of ${share.maxUses}`}
          </span>
          {share.viewers > 0 && (
            <span className="inline-flex items-center gap-1 text-accent-text">
              <Eye size={12} aria-hidden /> {share.viewers} looking now
            </span>
          )}
        </p>
      </div>
      {admin && (
        <Button
          look="danger"
          icon={Trash2}
          disabled={busy}
          onClick={() => void revoke()}
          aria-label={`Revoke ${share.label || 'the link without a name'}`}
          className="max-phone:h-11"
        >
          Revoke
        </Button>
      )}
    </li>
  );
}
