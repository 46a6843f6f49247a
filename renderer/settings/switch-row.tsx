import { Switch } from '../ui/fields.tsx';
import { SettingRow } from './panel.tsx';

/** One setting that is on or off, saved at once. `name` says it to a screen reader where the label alone would not do. */
export function SwitchRow({
  setting,
  label,
  name = label,
  hint,
  disabled = false,
}: {
  setting: {
    value: boolean | undefined;
    disabled: boolean;
    error: string | null;
    lockedBy: string | undefined;
    save: (value: boolean) => Promise<boolean>;
  };
  label: string;
  name?: string;
  hint: string;
  /** Because of another setting. */
  disabled?: boolean;
}) {
  return (
    <SettingRow label={label} hint={hint} error={setting.error} lockedBy={setting.lockedBy}>
      <Switch
        aria-label={name}
        checked={setting.value ?? false}
        disabled={setting.disabled || disabled}
        onCheckedChange={(on) => void setting.save(on)}
      />
    </SettingRow>
  );
}
