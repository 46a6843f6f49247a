import { Check } from 'lucide-react';
import { useRef, useState } from 'react';
import type { Access } from '../../shared/access.ts';
import type { Device } from '../../shared/credentials.ts';
import type { PairingId } from '../../shared/ids.ts';
import { isLoopback } from '../../shared/networks.ts';
import { useApp } from '../app/app-context.ts';
import { useNow } from '../data/clock.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Problem, Segments } from '../ui/fields.tsx';
import { duration } from '../ui/format.ts';
import { useOnChange } from '../ui/use-on-change.ts';
import { QrCode } from './qr-code.tsx';

const levels: readonly { value: Access; label: string; title: string }[] = [
  { value: 'view', label: 'view', title: 'only look' },
  { value: 'reply', label: 'reply', title: 'look, and talk to workers' },
  { value: 'approve', label: 'approve', title: 'talk, and decide what waits' },
  { value: 'admin', label: 'admin', title: 'everything, also these settings' },
];

const validMs = 5 * 60_000;

interface Pairing {
  id: PairingId;
  code: string;
  url: string | null;
  expiresAt: number;
}

/** A code for one device, as QR and as text, until it is used or five minutes are over. */
export function PairDialog({ devices, onClose }: { devices: readonly Device[]; onClose: () => void }) {
  const { client } = useApp().connection;
  const now = useNow();
  const skew = useStore((state) => state.clockSkewMs);
  const [level, setLevel] = useState<Access>('approve');
  const [pairing, setPairing] = useState<Pairing | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const known = useRef(new Set(devices.map(({ id }) => id)));
  const paired = devices.find(({ id }) => !known.current.has(id));

  // Another attempt asks for another code.
  useOnChange(() => {
    let made: Pairing | null = null;
    let gone = false;
    const cancel = (id: PairingId) =>
      // Used or over by then, most of the time.
      void client.access.devices.cancelPairing({ id }).catch(() => undefined);
    setPairing(null);
    client.access.devices.pair({ access: level }).then(
      (pairing) => {
        if (gone) return cancel(pairing.id);
        made = pairing;
        setPairing(pairing);
        setProblem(null);
      },
      (error: unknown) => setProblem(errorText(error)),
    );
    return () => {
      gone = true;
      if (made) cancel(made.id);
    };
  }, [client, level, attempt]);

  // The page's clock ticks by the second, so the first look can be a little early.
  const leftMs = pairing ? Math.min(validMs, pairing.expiresAt - (now + skew)) : 0;
  const isOver = pairing !== null && leftMs <= 0;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Pair a device"
      width={520}
      description="Scan the code with the phone’s camera, or open the page there and type the letters. It works once."
    >
      <div className="grid min-h-0 gap-4 overflow-y-auto px-5 pt-4 pb-5">
        {paired ? (
          <p role="status" className="flex items-center gap-2 text-done">
            <Check size={16} aria-hidden /> {paired.name} is paired.
          </p>
        ) : (
          <>
            <div className="flex items-center gap-3">
              <span className="text-sm text-ink-2">It may</span>
              <Segments label="It may" value={level} options={levels} onChange={setLevel} />
            </div>
            {problem && <Problem>{problem}</Problem>}
            <div className="flex min-h-[190px] items-center gap-5 max-phone:flex-col max-phone:items-start">
              {pairing && !isOver && (
                <>
                  {pairing.url && <QrCode text={pairing.url} label="QR code for pairing" size={190} />}
                  <div className="grid gap-2">
                    <p className="text-sm text-ink-2">Scan it, or type</p>
                    <p className="font-mono text-xl tracking-[.08em]">
                      {pairing.code.slice(0, 4)} {pairing.code.slice(4)}
                    </p>
                    <p className="figures text-sm text-ink-3">{duration(leftMs, true)} left</p>
                    {pairing.url && isLoopback(new URL(pairing.url).hostname) && (
                      <p className="max-w-[30ch] text-sm text-needs">
                        The port is open to this machine only: a phone cannot reach it yet. Choose “Local network”
                        first.
                      </p>
                    )}
                  </div>
                </>
              )}
              {isOver && (
                <p className="flex items-center gap-3">
                  This code is over.
                  <Button look="primary" onClick={() => setAttempt(attempt + 1)} className="max-phone:h-11">
                    Another one
                  </Button>
                </p>
              )}
            </div>
          </>
        )}
        <Button onClick={onClose} className="justify-self-end max-phone:h-11">
          {paired ? 'Done' : 'Cancel'}
        </Button>
      </div>
    </Dialog>
  );
}
