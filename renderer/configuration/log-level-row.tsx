import { type LogLevel, logLevels } from '../../shared/log-levels.ts';
import { hrefOf } from '../app/router.ts';
import { SettingRow } from '../settings/panel.tsx';
import { useSetting } from '../settings/use-setting.ts';
import { SelectField } from '../ui/fields.tsx';

/** How much is written down, from the next entry on. */
export function LogLevelRow() {
  const level = useSetting('logLevel');
  return (
    <SettingRow label="Log level" error={level.error} lockedBy={level.lockedBy}>
      <SelectField
        aria-label="Log level"
        value={level.value ?? 'info'}
        disabled={level.disabled}
        onChange={(event) => void level.save(event.target.value as LogLevel)}
      >
        {logLevels.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </SelectField>
      <a
        className="text-sm text-ink-2 underline underline-offset-2 hover:text-ink"
        href={hrefOf({ view: 'logs', query: '' })}
      >
        Open the log
      </a>
    </SettingRow>
  );
}
