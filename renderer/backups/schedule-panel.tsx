import { useState } from 'react';
import type { BackupState } from '../../shared/backups.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { NumberRow } from '../settings/number-row.tsx';
import { Panel, SettingRow } from '../settings/panel.tsx';
import { SavedText } from '../settings/saved-text.tsx';
import { SwitchRow } from '../settings/switch-row.tsx';
import { useSetting } from '../settings/use-setting.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/fields.tsx';
import { useAttempt } from './use-attempt.ts';

/** When backups are made by themselves, how many stay, where, and whether nobody else can read them. */
export function SchedulePanel({ state }: { state: BackupState | null }) {
  const every = useSetting('backupEveryHours');
  const keep = useSetting('backupKeep');
  const compress = useSetting('backupCompress');
  const encrypt = useSetting('backupEncrypt');
  const folder = useSetting('backupFolder');
  const second = useSetting('backupSecondFolder');
  return (
    <Panel title="How they are made" about="One that was missed while the machine was off is caught up at the start.">
      <NumberRow
        setting={every}
        label="Every"
        name="Hours between backups"
        hint="hours; 0: only when asked for"
        min={0}
        max={8760}
      />
      <NumberRow
        setting={keep}
        label="Keep the newest"
        name="Backups that are kept of each type"
        hint="of each type"
        min={1}
        max={1000}
      />
      <SwitchRow setting={compress} label="Compressed" name="Compress backups" hint="gunzip opens them" />
      <SwitchRow
        setting={encrypt}
        label="Encrypted"
        name="Encrypt backups"
        hint="AES-256; then the keys of this machine are in them too"
        disabled={!encrypt.value && !state?.hasPassphrase}
      />
      <Passphrase has={state?.hasPassphrase ?? false} />
      <SettingRow label="Folder" hint="empty: in the data folder" error={folder.error} lockedBy={folder.lockedBy}>
        <SavedText
          label="Folder for backups"
          mono
          value={folder.value ?? ''}
          placeholder={state?.folder ?? ''}
          disabled={folder.disabled}
          invalid={folder.error !== null}
          onSave={(value) => void folder.save(value)}
          className="min-w-0 flex-1 basis-64"
        />
      </SettingRow>
      <SettingRow
        label="Second location"
        hint="another disk or a mounted share; each one is copied there and read back"
        error={second.error}
        lockedBy={second.lockedBy}
      >
        <SavedText
          label="Second folder for backups"
          mono
          value={second.value ?? ''}
          placeholder="none"
          disabled={second.disabled}
          invalid={second.error !== null}
          onSave={(value) => void second.save(value)}
          className="min-w-0 flex-1 basis-64"
        />
      </SettingRow>
    </Panel>
  );
}

function Passphrase({ has }: { has: boolean }) {
  const { connection } = useApp();
  const { busy, attempt } = useAttempt();
  const [typed, setTyped] = useState('');
  const set = (passphrase: string | null): void =>
    void attempt(async () => {
      await connection.client.backups.setPassphrase({ passphrase });
      setTyped('');
      tell(
        passphrase === null
          ? 'The passphrase is forgotten here.'
          : 'The passphrase is kept here. Keep it elsewhere too.',
      );
    });
  return (
    <SettingRow label="Passphrase" hint="without it nobody opens an encrypted backup: write it down elsewhere">
      <form
        className="flex flex-wrap items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.length >= 8) set(typed);
        }}
      >
        <TextField
          type="password"
          autoComplete="new-password"
          aria-label="Passphrase for backups"
          placeholder={has ? 'set; type another one' : '8 characters or more'}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          className="w-56"
        />
        <Button type="submit" size="sm" disabled={busy || typed.length < 8} className="max-phone:h-11">
          Set
        </Button>
        {has && (
          <Button size="sm" look="ghost" disabled={busy} className="max-phone:h-11" onClick={() => set(null)}>
            Forget
          </Button>
        )}
      </form>
    </SettingRow>
  );
}
