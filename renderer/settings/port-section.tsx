import { DevicesPanel } from '../access/devices-panel.tsx';
import { KeysPanel } from '../access/keys-panel.tsx';
import { PortPanel } from '../access/port-panel.tsx';
import { SignInsPanel } from '../access/sign-ins-panel.tsx';
import { TrafficPanel } from '../access/traffic-panel.tsx';
import { useAccess } from '../access/use-access.ts';
import { useStore } from '../data/store.ts';
import { Problem } from '../ui/fields.tsx';

/** Who reaches this Control Room besides its own window: the port, devices, keys, and who was refused. */
export function PortSection() {
  const admin = useStore((state) => state.access === 'admin');
  return admin ? <PortSettings /> : <p className="text-ink-2">An administrator decides who may come in.</p>;
}

function PortSettings() {
  const { value, error } = useAccess();
  return (
    <>
      {error && <Problem>{error}</Problem>}
      <PortPanel port={value?.port ?? null} />
      <TrafficPanel />
      {value && (
        <>
          <DevicesPanel devices={value.devices} isOpen={value.port.state === 'open'} />
          <KeysPanel keys={value.keys} />
          <SignInsPanel overview={value} />
        </>
      )}
    </>
  );
}
