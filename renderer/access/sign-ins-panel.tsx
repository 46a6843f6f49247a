import { RefreshCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { AuditEntry } from '../../shared/audit.ts';
import type { AccessOverview } from '../../shared/credentials.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useAsked } from '../data/use-asked.ts';
import { HeldBy, Panel, SettingRow } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Chip } from '../ui/chip.tsx';
import { Problem } from '../ui/fields.tsx';
import { clockTime, exactTime } from '../ui/format.ts';
import { ShownOnce } from '../ui/shown-once.tsx';
import { Expiry, LastUse } from './when.tsx';

/** The token of this machine, sessions of short-lived tokens, and who was refused lately. */
export function SignInsPanel({ overview }: { overview: AccessOverview }) {
  const { client } = useApp().connection;
  const { localToken, sessions } = overview;
  const [fresh, setFresh] = useState<string | null>(null);
  const attempt = (work: Promise<unknown>): void =>
    void work.catch((error: unknown) => tell(errorText(error), { tone: 'error' }));
  return (
    <>
      <Panel
        title="Signed in"
        about="The token of this machine’s user, and short-lived tokens that keys and devices were exchanged for."
      >
        <SettingRow label="Local token">
          <Chip>admin</Chip>
          <LastUse at={localToken.lastUsedAt} />
          {localToken.heldBy ? (
            <HeldBy name={localToken.heldBy} />
          ) : (
            <Button
              size="sm"
              icon={RefreshCw}
              className="max-phone:h-11"
              onClick={() =>
                attempt(client.access.rotateLocalToken({ graceMinutes: 60 }).then(({ token }) => setFresh(token)))
              }
            >
              Replace
            </Button>
          )}
          {localToken.previousUntil !== null && (
            <span className="text-sm text-needs">the one before works until {exactTime(localToken.previousUntil)}</span>
          )}
        </SettingRow>
        {fresh !== null && (
          <div className="px-4 pb-3">
            <ShownOnce
              label="The new local token"
              value={fresh}
              hint="Sign in with it again within the hour; it also stands in the file “token” of the data folder."
            />
          </div>
        )}
        {sessions.map((session) => (
          <SettingRow key={session.id} label={session.name}>
            <Chip>{session.access}</Chip>
            <Expiry at={session.expiresAt} />
            <LastUse at={session.lastUsedAt} from={session.lastUsedFrom} />
            <Button
              look="danger"
              size="sm"
              icon={Trash2}
              className="max-phone:h-11"
              onClick={() => attempt(client.access.endSession({ id: session.id }))}
            >
              End
            </Button>
          </SettingRow>
        ))}
      </Panel>
      <RefusedPanel />
    </>
  );
}

const dayMs = 86_400_000;

function RefusedPanel() {
  const { value: entries, error } = useAsked('refused', '', async (client, signal) => {
    const from = Date.now() - dayMs;
    return (await client.audit.list({ action: 'access.refused', from, limit: 20 }, { signal })).items;
  });
  return (
    <Panel
      title="Refused in the last day"
      about="Wrong credentials, and machines of networks that are not allowed."
      end={
        <a href={hrefOf({ view: 'settings', section: 'audit' })} className="text-accent-text">
          Audit log
        </a>
      }
    >
      {error && <Problem className="mx-4 my-3">{error}</Problem>}
      {entries?.length === 0 && <p className="px-4 py-3 text-ink-2">Nobody.</p>}
      <ul className="divide-y divide-hair-soft">
        {entries?.map((entry) => (
          <li key={entry.id} className="flex flex-wrap gap-x-4 px-4 py-1.5">
            <span className="figures w-14 text-ink-3" title={exactTime(entry.at)}>
              {clockTime(entry.at)}
            </span>
            <code className="w-36">{entry.from}</code>
            <span className="text-ink-2">{refusedWords(entry)}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function refusedWords({ outcome, details }: AuditEntry): string {
  if (outcome === 'TOO_MANY_REQUESTS') return `locked out for ${String(details.lockedForSeconds)} s`;
  if (outcome === 'FORBIDDEN') return 'not in an allowed network';
  return 'a wrong credential';
}
