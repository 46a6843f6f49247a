import { useState } from 'react';
import type { ApiKey } from '../../shared/credentials.ts';
import { useApp } from '../app/app-context.ts';
import { errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Problem, Segments, SelectField, TextField } from '../ui/fields.tsx';
import { ShownOnce } from '../ui/shown-once.tsx';

const simple = [
  { value: 'read:*', label: 'view' },
  { value: 'reply:*', label: 'reply' },
  { value: 'approve:*', label: 'approve' },
  { value: '*', label: 'admin' },
  { value: '', label: 'chosen…' },
] as const;

const expiries = [
  { days: 0, name: 'never' },
  { days: 7, name: 'in 7 days' },
  { days: 30, name: 'in 30 days' },
  { days: 90, name: 'in 90 days' },
  { days: 365, name: 'in a year' },
];
const keep = -1;

const graces = [
  { minutes: 0, name: 'at once' },
  { minutes: 60, name: 'in an hour' },
  { minutes: 24 * 60, name: 'in a day' },
  { minutes: 7 * 24 * 60, name: 'in 7 days' },
];

type What = { kind: 'new' } | { kind: 'edit'; key: ApiKey } | { kind: 'rotate'; key: ApiKey };

const titles = { new: 'New key', edit: 'Change the key', rotate: 'Replace the secret' };

/** Makes or changes a key, or gives it another secret; a secret is shown here and never again. */
export function KeyDialog({ open, onClose }: { open: What; onClose: () => void }) {
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Dialog
      open
      onClose={onClose}
      title={titles[open.kind]}
      width={520}
      guarded
      description={secret === null ? undefined : 'This is the only time it is shown.'}
    >
      <div className="grid min-h-0 gap-4 overflow-y-auto px-5 pt-3 pb-5">
        {secret !== null ? (
          <>
            <ShownOnce
              label="The key"
              value={secret}
              hint="Send it as “Authorization: Bearer …” or “X-API-Key: …”. When it is lost, replace it: nobody can read it again."
            />
            <Button look="primary" size="lg" onClick={onClose} className="justify-self-end max-phone:h-11">
              I have it
            </Button>
          </>
        ) : open.kind === 'rotate' ? (
          <Rotate shown={open.key} onMade={setSecret} />
        ) : (
          <KeyForm shown={open.kind === 'edit' ? open.key : null} onMade={setSecret} onDone={onClose} />
        )}
      </div>
    </Dialog>
  );
}

function KeyForm({
  shown,
  onMade,
  onDone,
}: {
  shown: ApiKey | null;
  onMade: (secret: string) => void;
  onDone: () => void;
}) {
  const { client } = useApp().connection;
  const present = shown?.permissions.join(' ') ?? 'read:*';
  const [name, setName] = useState(shown?.name ?? '');
  const [level, setLevel] = useState(simple.find(({ value }) => value === present)?.value ?? '');
  const [permissions, setPermissions] = useState(present);
  const [limit, setLimit] = useState(shown?.rateLimit ? String(shown.rateLimit) : '');
  const [days, setDays] = useState(shown ? keep : 90);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    const input = {
      name,
      permissions: (level || permissions).split(/[\s,]+/).filter(Boolean),
      rate_limit: limit.trim() ? Number(limit) : null,
      ...(days === keep ? {} : { expires_in_days: days === 0 ? null : days }),
    };
    try {
      if (shown) {
        await client.access.keys.update({ id: shown.id, ...input });
        onDone();
      } else onMade((await client.access.keys.create(input)).key);
    } catch (error) {
      setProblem(errorText(error));
      setBusy(false);
    }
  };
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label className="grid gap-1.5">
        <span className="text-sm font-medium">Name</span>
        <TextField
          autoFocus
          required
          maxLength={80}
          placeholder="Nightly report"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <div className="grid justify-items-start gap-1.5">
        <span className="text-sm font-medium">May</span>
        <Segments label="May" value={level} options={simple} onChange={setLevel} />
        {level === '' && (
          <>
            <TextField
              mono
              aria-label="Permissions"
              placeholder="read:* write:sessions approve:approvals"
              value={permissions}
              onChange={(event) => setPermissions(event.target.value)}
              className="w-full"
            />
            <p className="text-sm text-ink-3">
              Each is <code>verb:resource</code>: read, write, approve or admin, and a part of the routes such as{' '}
              <code>sessions</code> or <code>workers</code>; <code>*</code> stands for all.
            </p>
          </>
        )}
      </div>
      <div className="flex flex-wrap gap-4">
        <label className="grid gap-1.5">
          <span className="text-sm font-medium">Requests a minute</span>
          <TextField
            type="number"
            min={1}
            placeholder="no own limit"
            value={limit}
            onChange={(event) => setLimit(event.target.value)}
            className="w-36"
          />
        </label>
        <label className="grid content-start gap-1.5">
          <span className="text-sm font-medium">Expires</span>
          <SelectField value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {shown && <option value={keep}>as it is</option>}
            {expiries.map(({ days: value, name: text }) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </SelectField>
        </label>
      </div>
      {problem && <Problem>{problem}</Problem>}
      <Button
        type="submit"
        look="primary"
        size="lg"
        disabled={busy || !name.trim()}
        className="justify-self-end max-phone:h-11"
      >
        {shown ? 'Save' : 'Make the key'}
      </Button>
    </form>
  );
}

function Rotate({ shown, onMade }: { shown: ApiKey; onMade: (secret: string) => void }) {
  const { client } = useApp().connection;
  const [minutes, setMinutes] = useState(60);
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        client.access.keys.rotate({ id: shown.id, graceMinutes: minutes }).then(
          ({ key }) => onMade(key),
          (error: unknown) => setProblem(errorText(error)),
        );
      }}
    >
      <p className="text-ink-2">
        {shown.name} gets another secret and keeps its rights. The present one goes on working until then, so that
        nothing stops while you put in the new one.
      </p>
      <label className="flex items-center gap-2">
        The present one ends
        <SelectField value={minutes} onChange={(event) => setMinutes(Number(event.target.value))}>
          {graces.map(({ minutes: value, name }) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </SelectField>
      </label>
      {problem && <Problem>{problem}</Problem>}
      <Button type="submit" look="primary" size="lg" className="justify-self-end max-phone:h-11">
        Make the new secret
      </Button>
    </form>
  );
}
