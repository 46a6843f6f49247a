import { Check, Copy, TriangleAlert, X } from 'lucide-react';
import { useState } from 'react';
import type { PortState } from '../../shared/credentials.ts';
import { isLoopback } from '../../shared/networks.ts';
import { tell } from '../app/ui-state.ts';
import { useStore } from '../data/store.ts';
import { HeldBy, Panel, SettingRow } from '../settings/panel.tsx';
import { SavedText } from '../settings/saved-text.tsx';
import { useSetting } from '../settings/use-setting.ts';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { Problem, Segments, Switch } from '../ui/fields.tsx';
import { exactTime, plural } from '../ui/format.ts';
import { writeClipboard } from '../ui/write-clipboard.ts';
import { QrCode } from './qr-code.tsx';
import { ValueList } from './value-list.tsx';

/** Opens and closes the port, and says who can reach it and how. */
export function PortPanel({ port }: { port: PortState | null }) {
  const listen = useSetting('listen');
  const host = useSetting('listenHost');
  const number = useSetting('listenPort');
  const tls = useSetting('tls');
  const allowlist = useSetting('allowlist');
  const [problem, setProblem] = useState<string | null>(null);
  const onLan = !isLoopback(host.value ?? '127.0.0.1');
  const lan = port?.addresses.find((address) => !isLoopback(new URL(address).hostname));
  const reach = (next: 'machine' | 'network'): void => {
    if (next === 'network' && allowlist.value?.length === 0) {
      setProblem('First say below which networks may connect; then the port can be opened to them.');
      return;
    }
    setProblem(null);
    void host.save(next === 'network' ? '0.0.0.0' : '127.0.0.1');
  };
  return (
    <Panel
      title="Port"
      about="The same control room for a browser, a phone, scripts and Claude. Closed until you open it."
      end={
        <span className="flex items-center gap-3 max-phone:flex-col-reverse max-phone:items-end">
          {listen.lockedBy && <HeldBy name={listen.lockedBy} className="max-phone:hidden" />}
          <StateChip port={port} />
          <Switch
            aria-label="Port is open"
            checked={listen.value ?? false}
            disabled={listen.disabled}
            onCheckedChange={(value) => void listen.save(value)}
            className="relative h-4 w-7 shrink-0 rounded-full bg-off data-[state=checked]:bg-accent disabled:opacity-50 max-phone:before:absolute max-phone:before:-inset-4"
          />
        </span>
      }
    >
      {port?.problem && <Problem className="mx-4 mt-3">{port.problem}</Problem>}
      <SettingRow label="Reachable from" error={problem ?? host.error ?? listen.error} lockedBy={host.lockedBy}>
        <Segments
          label="Reachable from"
          value={onLan ? 'network' : 'machine'}
          disabled={host.disabled}
          options={[
            { value: 'machine', label: 'This machine' },
            { value: 'network', label: 'Local network' },
          ]}
          onChange={reach}
        />
        {port?.address && <Address value={lan ?? port.address} />}
      </SettingRow>
      {lan && (
        <SettingRow label="On your phone">
          <QrCode text={lan} label={`QR code of ${lan}`} size={120} />
          <span className="max-w-[36ch] text-sm text-ink-2">
            Scan it to open the page. It lets nobody in by itself: to sign in without typing, pair the phone below.
          </span>
        </SettingRow>
      )}
      <SettingRow label="Port" error={number.error} lockedBy={number.lockedBy} hint="0 takes any free one">
        <SavedText
          label="Port number"
          type="number"
          min={0}
          max={65_535}
          value={String(number.value ?? '')}
          disabled={number.disabled}
          invalid={number.error !== null}
          onSave={(value) => void number.save(Number(value))}
          className="w-24"
        />
      </SettingRow>
      <Networks />
      <SettingRow label="Encryption" error={tls.error} lockedBy={tls.lockedBy}>
        <Switch
          aria-label="Encrypt with a certificate made here"
          checked={tls.value ?? false}
          disabled={tls.disabled}
          onCheckedChange={(value) => void tls.save(value)}
        />
        {tls.value ? (
          <span className="text-sm text-ink-2">TLS, with a certificate made for this machine</span>
        ) : (
          <span className="flex items-center gap-1.5 text-sm text-ink-2">
            {onLan && <TriangleAlert size={14} aria-hidden className="shrink-0 text-needs" />}
            {onLan ? 'none. On this network others can read what you read.' : 'none, and none needed on this machine'}
          </span>
        )}
      </SettingRow>
      {port?.fingerprint && (
        <SettingRow
          label="Certificate"
          hint={port.certificateExpiresAt ? `until ${exactTime(port.certificateExpiresAt)}` : undefined}
        >
          <code className="text-sm wrap-anywhere">{port.fingerprint}</code>
          <span className="text-sm text-ink-3">
            Your browser asks once: compare this SHA-256 fingerprint with the one that it shows.
          </span>
        </SettingRow>
      )}
    </Panel>
  );
}

function StateChip({ port }: { port: PortState | null }) {
  switch (port?.state) {
    case 'open':
      return (
        <Chip look="done">
          <Check size={12} aria-hidden /> open, {plural(port.connections, 'connection')}
        </Chip>
      );
    case 'opening':
      return <Chip look="plain">opening…</Chip>;
    case 'failed':
      return (
        <Chip look="failed">
          <X size={12} aria-hidden /> not open
        </Chip>
      );
    default:
      return <Chip look="plain">closed</Chip>;
  }
}

function Address({ value }: { value: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      <code className="wrap-anywhere">{value}</code>
      <Button
        look="ghost"
        size="sm"
        icon={Copy}
        aria-label={`Copy ${value}`}
        className="max-phone:size-11"
        onClick={() =>
          void writeClipboard(value).then((copied) =>
            copied
              ? tell('Copied.')
              : tell('The browser does not allow copying here. Select the text and copy it by hand.', {
                  tone: 'error',
                }),
          )
        }
      />
    </span>
  );
}

function Networks() {
  const allowlist = useSetting('allowlist');
  const host = useStore((state) => state.rows.settings?.values.listenHost ?? '127.0.0.1');
  const networks = allowlist.value ?? [];
  const isLast = networks.length === 1 && !isLoopback(host);
  return (
    <SettingRow
      label="Allowed networks"
      error={allowlist.error}
      lockedBy={allowlist.lockedBy}
      hint="all others are refused"
    >
      <ValueList
        values={networks}
        disabled={allowlist.disabled}
        invalid={allowlist.error !== null}
        onSave={allowlist.save}
        fieldLabel="Network to allow"
        placeholder="192.168.1.0/24"
        removeLabel={(network) => `Allow ${network} no more`}
        add="Allow"
        kept={isLast ? 'Choose “This machine” first: a port that others reach needs a network' : undefined}
      >
        <Chip>this machine</Chip>
      </ValueList>
    </SettingRow>
  );
}
