import { Panel, SettingRow } from '../settings/panel.tsx';
import { SavedText } from '../settings/saved-text.tsx';
import { useSetting } from '../settings/use-setting.ts';
import { Switch } from '../ui/fields.tsx';

/** Who reads the figures of the house from outside, and how often it is looked whether all is well. */
export function WatchPanel() {
  const enabled = useSetting('metricsEnabled');
  const openHere = useSetting('metricsOpenHere');
  const every = useSetting('healthCheckSeconds');
  return (
    <Panel
      title="Metrics and checks"
      about="GET /metrics is for Prometheus; rules and a dashboard are in resources/monitoring."
    >
      <SettingRow
        label="Serve metrics"
        hint="on the port, when it is open"
        error={enabled.error}
        lockedBy={enabled.lockedBy}
      >
        <Switch
          aria-label="Serve metrics"
          checked={enabled.value ?? false}
          disabled={enabled.disabled}
          onCheckedChange={(on) => void enabled.save(on)}
        />
      </SettingRow>
      <SettingRow
        label="Open to this machine"
        hint="its own programs need no credential; others use a key that may read:metrics"
        error={openHere.error}
        lockedBy={openHere.lockedBy}
      >
        <Switch
          aria-label="Metrics without a credential for programs of this machine"
          checked={openHere.value ?? false}
          disabled={openHere.disabled || enabled.value === false}
          onCheckedChange={(on) => void openHere.save(on)}
        />
      </SettingRow>
      <SettingRow label="Look every" hint="seconds" error={every.error} lockedBy={every.lockedBy}>
        <SavedText
          label="Seconds between two looks at the checks"
          type="number"
          min={5}
          max={3600}
          value={String(every.value ?? '')}
          disabled={every.disabled}
          invalid={every.error !== null}
          onSave={(text) => void every.save(Number(text))}
          className="w-24"
        />
      </SettingRow>
    </Panel>
  );
}
