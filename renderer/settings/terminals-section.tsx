import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { browserName } from '../data/device-name.ts';
import { setPreferences, usePreferences } from '../data/preferences.ts';
import { setTerminalSettings, useTerminalSettings, zoom } from '../terminals/terminal-settings.ts';
import { Button } from '../ui/button.tsx';
import { Segments, Switch, TextField } from '../ui/fields.tsx';
import { NumberRow } from './number-row.tsx';
import { Panel, SettingRow } from './panel.tsx';
import { SavedText } from './saved-text.tsx';
import { SwitchRow } from './switch-row.tsx';
import { useSetting } from './use-setting.ts';

/** How terminals look in this browser, which shells there are, and how long an unused one is kept. */
export function TerminalsSection() {
  return (
    <>
      <LookPanel />
      <ShellsPanel />
      <KeptPanel />
    </>
  );
}

function LookPanel() {
  const { fontSize, copyOnSelect, clipboard, screenReader, drawing } = useTerminalSettings();
  return (
    <Panel title="Terminals in this browser" about="Colours follow the theme.">
      <DeviceRow />
      <SettingRow label="Letters" hint={`${fontSize} px`}>
        <span className="inline-flex gap-1.5">
          <Button onClick={() => zoom(-1)}>Smaller</Button>
          <Button onClick={() => zoom(1)}>Larger</Button>
          <Button look="ghost" onClick={() => zoom(0)}>
            As they were
          </Button>
        </span>
      </SettingRow>
      <SettingRow label="Copy on select" hint="what is selected is on the clipboard at once">
        <Switch
          aria-label="Copy on select"
          checked={copyOnSelect}
          onCheckedChange={(value) => setTerminalSettings({ copyOnSelect: value })}
        />
      </SettingRow>
      <SettingRow label="Programs and the clipboard" hint="whether one may put text on it (OSC 52); none can read it">
        <Segments
          label="Programs and the clipboard"
          value={clipboard}
          onChange={(value) => setTerminalSettings({ clipboard: value })}
          options={[
            { value: 'ask', label: 'Ask' },
            { value: 'always', label: 'Always' },
            { value: 'never', label: 'Never' },
          ]}
        />
      </SettingRow>
      <SettingRow label="Screen reader" hint="the screen is also kept as text that can be read aloud; slower">
        <Switch
          aria-label="Screen reader mode of terminals"
          checked={screenReader}
          onCheckedChange={(value) => setTerminalSettings({ screenReader: value })}
        />
      </SettingRow>
      <SettingRow label="Drawing" hint="the graphics card is used where a trial shows that it draws well">
        <Segments
          label="Drawing"
          value={drawing}
          onChange={(value) => setTerminalSettings({ drawing: value })}
          options={[
            { value: 'auto', label: 'Best' },
            { value: 'plain', label: 'Plain' },
          ]}
        />
      </SettingRow>
    </Panel>
  );
}

/** How much of what terminals write is kept, and for how long. */
function KeptPanel() {
  const size = useSetting('terminalLogMib');
  const days = useSetting('terminalLogDays');
  return (
    <Panel title="What is kept" about="What terminals write is kept on disk, to be scrolled back to and played again.">
      <NumberRow
        setting={size}
        label="Of each terminal"
        name="MiB kept of each terminal"
        hint="MiB; beyond it the oldest goes. For terminals opened from then on"
        min={1}
        max={4096}
      />
      <NumberRow
        setting={days}
        label="After its end"
        name="Days that an ended terminal is kept"
        hint={days.value === 0 ? 'days; 0 keeps it for ever' : 'days; then it is removed. 0 keeps it for ever'}
        min={0}
        max={3650}
      />
    </Panel>
  );
}

/** What others who look at the same terminal call this browser. */
function DeviceRow() {
  const deviceName = usePreferences((state) => state.deviceName);
  return (
    <SettingRow label="Name of this browser" hint="what others who watch the same terminal see; from the next start on">
      <SavedText
        label="Name of this browser"
        value={deviceName}
        placeholder={browserName(navigator.userAgent)}
        disabled={false}
        invalid={false}
        onSave={(value) => setPreferences({ deviceName: value.trim().slice(0, 60) })}
        className="w-44"
      />
    </SettingRow>
  );
}

function ShellsPanel() {
  const idle = useSetting('terminalIdleHours');
  const record = useSetting('recordShells');
  const profiles = useSetting('terminalProfiles');
  const own = profiles.value ?? [];
  return (
    <Panel
      title="Shells"
      about="Your own terminals. Those of workers are always recorded and never closed by themselves."
    >
      <NumberRow
        setting={idle}
        label="Close when idle"
        name="Hours until an idle terminal is closed"
        hint={
          idle.value
            ? 'hours without a key, a line or a running program; then it is closed, with a note'
            : 'hours; 0 means never'
        }
        min={0}
        max={720}
      />
      <SwitchRow
        setting={record}
        label="Record my shells"
        hint="what they show is kept with times, from the next one on; passwords that are shown are kept too"
      />
      <SettingRow
        label="Further shells"
        hint="beside your login shell and those of this machine"
        error={profiles.error}
        lockedBy={profiles.lockedBy}
      >
        <div className="grid justify-items-start gap-1.5">
          {own.map((profile) => (
            <span key={profile.name} className="flex items-center gap-2">
              <b className="font-medium">{profile.name}</b>
              <code className="text-ink-3">{[profile.command, ...profile.args].join(' ')}</code>
              <Button
                look="ghost"
                size="sm"
                icon={Trash2}
                aria-label={`Remove ${profile.name}`}
                disabled={profiles.disabled}
                onClick={() => void profiles.save(own.filter((other) => other !== profile))}
              />
            </span>
          ))}
          <NewProfile
            disabled={profiles.disabled}
            names={own.map(({ name }) => name)}
            onAdd={(profile) => void profiles.save([...own, profile])}
          />
        </div>
      </SettingRow>
    </Panel>
  );
}

function NewProfile({
  names,
  disabled,
  onAdd,
}: {
  names: readonly string[];
  disabled: boolean;
  onAdd: (profile: { name: string; command: string; args: string[] }) => void;
}) {
  const [name, setName] = useState('');
  const [line, setLine] = useState('');
  const [command = '', ...args] = line.trim().split(/\s+/);
  const ready = name.trim() !== '' && command !== '' && !names.includes(name.trim());
  return (
    <form
      className="flex flex-wrap gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready) return;
        onAdd({ name: name.trim(), command, args });
        setName('');
        setLine('');
      }}
    >
      <TextField
        aria-label="Name of a new shell"
        placeholder="Name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        className="w-28"
      />
      <TextField
        mono
        aria-label="Its command"
        placeholder="/usr/bin/nu --login"
        value={line}
        onChange={(event) => setLine(event.target.value)}
        className="w-56"
      />
      <Button type="submit" icon={Plus} disabled={!ready || disabled}>
        Add
      </Button>
    </form>
  );
}
