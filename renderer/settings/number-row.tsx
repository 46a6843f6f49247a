import { SettingRow } from './panel.tsx';
import { SavedText } from './saved-text.tsx';

/** One setting that is a number, saved when it is left. `name` says it to a screen reader where the label alone would not do. */
export function NumberRow({
  setting,
  label,
  name = label,
  hint,
  min,
  max,
}: {
  setting: {
    value: number | undefined;
    disabled: boolean;
    error: string | null;
    lockedBy: string | undefined;
    save: (value: number) => Promise<boolean>;
  };
  label: string;
  name?: string;
  hint: string;
  min: number;
  max: number;
}) {
  return (
    <SettingRow label={label} hint={hint} error={setting.error} lockedBy={setting.lockedBy}>
      <SavedText
        label={name}
        type="number"
        min={min}
        max={max}
        value={String(setting.value ?? '')}
        disabled={setting.disabled}
        invalid={setting.error !== null}
        onSave={(value) => void setting.save(Number(value))}
        className="w-20"
      />
    </SettingRow>
  );
}
