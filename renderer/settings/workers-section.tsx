import { Segments } from '../ui/fields.tsx';
import { NumberRow } from './number-row.tsx';
import { Panel, SettingRow } from './panel.tsx';
import { SavedText } from './saved-text.tsx';
import { SwitchRow } from './switch-row.tsx';
import { useSetting } from './use-setting.ts';

/** What a new worker gets, how many run, and what happens when one gets stuck. */
export function WorkersSection() {
  return (
    <>
      <NewWorkersPanel />
      <StuckPanel />
    </>
  );
}

function NewWorkersPanel() {
  const maxWorkers = useSetting('maxWorkers');
  const kind = useSetting('defaultKind');
  const model = useSetting('defaultModel');
  const prefix = useSetting('branchPrefix');
  return (
    <Panel title="Workers" about="What a new worker gets unless you choose otherwise, and how many run at once.">
      <NumberRow
        setting={maxWorkers}
        label="At once"
        name="Workers at once"
        hint="further ones wait in the queue"
        min={1}
        max={100}
      />
      <SettingRow
        label="Kind"
        hint={kind.value === 'interactive' ? 'Claude Code in a terminal' : 'a conversation with tool cards'}
        error={kind.error}
        lockedBy={kind.lockedBy}
      >
        <Segments
          label="Kind"
          value={kind.value ?? 'headless'}
          disabled={kind.disabled}
          onChange={(value) => void kind.save(value)}
          options={[
            { value: 'headless', label: 'Headless' },
            { value: 'interactive', label: 'Interactive' },
          ]}
        />
      </SettingRow>
      <SettingRow label="Model" hint="empty: the CLI’s own default" error={model.error} lockedBy={model.lockedBy}>
        <SavedText
          label="Default model"
          mono
          value={model.value ?? ''}
          disabled={model.disabled}
          invalid={model.error !== null}
          onSave={(value) => void model.save(value)}
          placeholder="default"
          className="w-56"
        />
      </SettingRow>
      <SettingRow
        label="Branch prefix"
        hint="put before a worker’s name"
        error={prefix.error}
        lockedBy={prefix.lockedBy}
      >
        <SavedText
          label="Branch prefix"
          mono
          value={prefix.value ?? ''}
          disabled={prefix.disabled}
          invalid={prefix.error !== null}
          onSave={(value) => void prefix.save(value)}
          className="w-56"
        />
      </SettingRow>
    </Panel>
  );
}

function StuckPanel() {
  const stall = useSetting('stallSeconds');
  const resume = useSetting('autoResume');
  const memory = useSetting('memoryLimitMib');
  return (
    <Panel title="When one gets stuck" about="What is told to you, and what is done about it by itself.">
      <SettingRow
        label="Stalled after"
        hint="seconds at work without a sign of life; it then stands in the inbox"
        error={stall.error}
        lockedBy={stall.lockedBy}
      >
        <SavedText
          label="Seconds until a worker is stalled"
          type="number"
          min={30}
          max={86_400}
          value={String(stall.value ?? '')}
          disabled={stall.disabled}
          invalid={stall.error !== null}
          onSave={(value) => void stall.save(Number(value))}
          className="w-24"
        />
      </SettingRow>
      <SwitchRow
        setting={resume}
        label="Resume by itself"
        name="Resume a crashed worker by itself"
        hint={
          resume.value
            ? 'a worker that crashed is brought back, at most three times, waiting longer each time'
            : 'a worker that crashed stays down until you resume it'
        }
      />
      <SettingRow
        label="Memory at most"
        hint={memory.value ? 'MiB for a worker with all its children; above it is stopped' : 'MiB; 0 means no limit'}
        error={memory.error}
        lockedBy={memory.lockedBy}
      >
        <SavedText
          label="Memory limit of a worker in MiB"
          type="number"
          min={0}
          max={1_048_576}
          value={String(memory.value ?? '')}
          disabled={memory.disabled}
          invalid={memory.error !== null}
          onSave={(value) => void memory.save(Number(value))}
          className="w-24"
        />
      </SettingRow>
    </Panel>
  );
}
