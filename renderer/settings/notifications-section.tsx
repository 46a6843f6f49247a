import type { Settings } from '../../shared/settings.ts';
import { Switch } from '../ui/fields.tsx';
import { Panel, SettingRow } from './panel.tsx';
import { SavedText } from './saved-text.tsx';
import { useSetting } from './use-setting.ts';

const rows: readonly { key: keyof Settings['notifications']; label: string; hint: string }[] = [
  { key: 'requests', label: 'Requests', hint: 'a worker asks for an approval, an answer or a plan' },
  { key: 'troubles', label: 'Troubles', hint: 'crashes, failures, stalls, logins and limits' },
  { key: 'finished', label: 'Finished', hint: 'a worker finished its turn' },
  { key: 'alerts', label: 'Alerts', hint: 'something of Control Room itself is wrong' },
  { key: 'sound', label: 'Sound', hint: 'a short tone with each of them' },
  { key: 'badge', label: 'Count', hint: 'how much waits, on the app’s icon' },
];

/** What is brought to the user's attention, and when a request is late. */
export function NotificationsSection() {
  const chosen = useSetting('notifications');
  const late = useSetting('lateSeconds');
  const { value } = chosen;
  return (
    <>
      <Panel title="Notifications" about="Nothing of a worker that you are looking at is notified.">
        {value &&
          rows.map(({ key, label, hint }) => (
            <SettingRow key={key} label={label} hint={hint} lockedBy={chosen.lockedBy}>
              <Switch
                aria-label={`${label}: ${hint}`}
                checked={value[key]}
                disabled={chosen.disabled}
                onCheckedChange={(on) => void chosen.save({ ...value, [key]: on })}
              />
            </SettingRow>
          ))}
        {chosen.error && (
          <p role="alert" className="px-4 pb-3 text-sm text-failed">
            {chosen.error}
          </p>
        )}
      </Panel>
      <Panel title="Late" about="A request that waits longer than this turns red everywhere.">
        <SettingRow label="Late after" hint="seconds" error={late.error} lockedBy={late.lockedBy}>
          <SavedText
            label="Seconds until a request is late"
            type="number"
            min={10}
            max={86_400}
            value={String(late.value ?? '')}
            disabled={late.disabled}
            invalid={late.error !== null}
            onSave={(text) => void late.save(Number(text))}
            className="w-24"
          />
        </SettingRow>
      </Panel>
    </>
  );
}
