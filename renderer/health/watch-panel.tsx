import { Panel, SettingRow } from '../settings/panel.tsx';
import { SavedText } from '../settings/saved-text.tsx';
import { SwitchRow } from '../settings/switch-row.tsx';
import { useSetting } from '../settings/use-setting.ts';

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
      <SwitchRow setting={enabled} label="Serve metrics" hint="on the port, when it is open" />
      <SwitchRow
        setting={openHere}
        label="Open to this machine"
        name="Metrics without a credential for programs of this machine"
        hint="its own programs need no credential; others use a key that may read:metrics"
        disabled={enabled.value === false}
      />
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
