import { MonitorSmartphone, Pencil, QrCode as QrIcon, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Device } from '../../shared/credentials.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { Panel } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { TextField } from '../ui/fields.tsx';
import { exactTime, plural } from '../ui/format.ts';
import { PairDialog } from './pair-dialog.tsx';
import { LastUse } from './when.tsx';

/** Browsers and phones that were let in by a code. */
export function DevicesPanel({ devices, isOpen }: { devices: readonly Device[]; isOpen: boolean }) {
  const [pairing, setPairing] = useState(false);
  return (
    <Panel
      title="Paired devices"
      about="Browsers and phones that were let in by a one-time code. Revoked, they are cut off at once."
      end={
        <Button
          icon={QrIcon}
          disabled={!isOpen}
          title={isOpen ? undefined : 'Open the port first'}
          onClick={() => setPairing(true)}
          className="max-phone:h-11"
        >
          Pair a device
        </Button>
      }
    >
      {devices.length === 0 && (
        <p className="flex items-center gap-2 px-4 py-3 text-ink-2">
          <MonitorSmartphone size={16} aria-hidden className="shrink-0 text-ink-3" />
          {isOpen
            ? 'None yet. Pair your phone to approve and answer from anywhere in the room.'
            : 'None yet. Open the port above, then pair your phone.'}
        </p>
      )}
      <ul className="divide-y divide-hair-soft">
        {devices.map((device) => (
          <DeviceRow key={device.id} device={device} />
        ))}
      </ul>
      {pairing && <PairDialog devices={devices} onClose={() => setPairing(false)} />}
    </Panel>
  );
}

function DeviceRow({ device }: { device: Device }) {
  const { client } = useApp().connection;
  const [busy, setBusy] = useState(false);
  const [name, setName] = useState<string | null>(null);
  const attempt = async (work: () => Promise<unknown>, done: string): Promise<void> => {
    setBusy(true);
    try {
      await work();
      tell(done);
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
    }
    setBusy(false);
  };
  return (
    <li className="flex items-center gap-3 px-4 py-2 max-phone:flex-wrap">
      <div className="min-w-0 flex-1 max-phone:basis-full">
        {name === null ? (
          <p className="truncate" title={`Paired ${exactTime(device.createdAt)}`}>
            {device.name}
          </p>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              setName(null);
              if (name.trim() && name.trim() !== device.name)
                void attempt(() => client.access.devices.rename({ id: device.id, name: name.trim() }), 'Renamed.');
            }}
          >
            <TextField
              autoFocus
              aria-label={`New name of ${device.name}`}
              maxLength={80}
              value={name}
              onChange={(event) => setName(event.target.value)}
              onKeyDown={(event) => event.key === 'Escape' && setName(null)}
              onBlur={(event) => event.currentTarget.form?.requestSubmit()}
            />
          </form>
        )}
        <p className="flex flex-wrap items-center gap-x-3 pt-0.5 text-sm text-ink-2">
          <Chip>{device.access}</Chip>
          {device.connections > 0 && <Chip look="done">{plural(device.connections, 'connection')} open</Chip>}
          <LastUse at={device.lastUsedAt} from={device.lastUsedFrom} />
        </p>
      </div>
      <Button
        look="ghost"
        icon={Pencil}
        aria-label={`Rename ${device.name}`}
        disabled={busy}
        onClick={() => setName(device.name)}
        className="max-phone:size-11"
      />
      <Button
        look="danger"
        icon={Trash2}
        disabled={busy}
        aria-label={`Revoke ${device.name}`}
        onClick={() =>
          void attempt(
            () => client.access.devices.revoke({ id: device.id }),
            `Revoked ${device.name}. Its connections are closed.`,
          )
        }
        className="max-phone:h-11"
      >
        Revoke
      </Button>
    </li>
  );
}
