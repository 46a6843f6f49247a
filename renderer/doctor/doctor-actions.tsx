import { Copy, Wrench } from 'lucide-react';
import { useState } from 'react';
import type { DoctorAction } from '../../shared/doctor.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { writeClipboard } from '../ui/write-clipboard.ts';

/** What can be done about a finding. `onDone` looks again. */
export function DoctorActions({ actions, onDone }: { actions: readonly DoctorAction[]; onDone: () => void }) {
  return (
    <div className="mt-1.5 grid gap-1.5">
      {actions.map((action) => (
        <ActionOf key={`${action.kind} ${action.label}`} action={action} onDone={onDone} />
      ))}
    </div>
  );
}

function ActionOf({ action, onDone }: { action: DoctorAction; onDone: () => void }) {
  const { connection } = useApp();
  const admin = useStore((state) => state.access === 'admin');
  const [busy, setBusy] = useState(false);
  if (action.kind === 'settings')
    return (
      <a
        className="w-fit text-sm underline underline-offset-2"
        href={hrefOf({ view: 'settings', section: action.section })}
      >
        {action.label}
      </a>
    );
  if (action.kind === 'fix') {
    const run = async (): Promise<void> => {
      setBusy(true);
      try {
        tell((await connection.client.doctor.fix({ fix: action.fix })).done);
        onDone();
      } catch (problem) {
        tell(errorText(problem), { tone: 'error' });
      } finally {
        setBusy(false);
      }
    };
    return (
      <Button
        size="sm"
        icon={Wrench}
        className="w-fit max-phone:h-11"
        disabled={busy || !admin}
        onClick={() => void run()}
      >
        {action.label}
      </Button>
    );
  }
  return (
    <div className="flex min-w-0 items-center gap-2 rounded-2 bg-well px-2 py-1">
      <code className="min-w-0 flex-1 font-mono text-xs wrap-anywhere">{action.text}</code>
      <Button
        look="ghost"
        size="xs"
        icon={Copy}
        aria-label={action.label}
        className="max-phone:h-11 max-phone:w-11"
        onClick={async () => {
          if (await writeClipboard(action.text)) tell('Copied.');
          else tell('The browser does not allow copying here. Select the text and copy it by hand.', { tone: 'error' });
        }}
      />
    </div>
  );
}
