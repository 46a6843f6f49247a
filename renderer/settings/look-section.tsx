import { setPreferences, usePreferences } from '../data/preferences.ts';
import { Segments } from '../ui/fields.tsx';
import { Panel, SettingRow } from './panel.tsx';

/** Theme and density, for this browser. */
export function LookSection() {
  const theme = usePreferences((state) => state.theme);
  const density = usePreferences((state) => state.density);
  return (
    <Panel title="Look" about="For this browser alone.">
      <SettingRow label="Theme">
        <Segments
          label="Theme"
          value={theme}
          onChange={(value) => setPreferences({ theme: value })}
          options={[
            { value: 'system', label: 'As the system' },
            { value: 'dark', label: 'Dark' },
            { value: 'light', label: 'Light' },
          ]}
        />
      </SettingRow>
      <SettingRow
        label="Rows of the rail"
        hint={density === 'compact' ? 'one line: name and cost' : 'two lines: with branch and changed lines'}
      >
        <Segments
          label="Density"
          value={density}
          onChange={(value) => setPreferences({ density: value })}
          options={[
            { value: 'normal', label: 'Normal' },
            { value: 'compact', label: 'Compact' },
          ]}
        />
      </SettingRow>
    </Panel>
  );
}
