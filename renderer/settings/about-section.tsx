import { useApp } from '../app/app-context.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { exactTime } from '../ui/format.ts';
import { CopyValue } from '../workers/facts-tab.tsx';
import { Panel, SettingRow } from './panel.tsx';

/** Versions, places and processes of what this page talks to. */
export function AboutSection() {
  const system = useStore((state) => state.system);
  const access = useStore((state) => state.access);
  const { signOut } = useApp();
  if (!system) return null;
  return (
    <Panel title="About" about="What this page talks to.">
      <SettingRow label="Control Room">{system.version}</SettingRow>
      <SettingRow label="Claude Code">
        {system.claude.version ?? 'not found'}{' '}
        {system.claude.path && <code className="text-ink-3">{system.claude.path}</code>}
        {system.claude.problem && <span className="text-sm text-needs">{system.claude.problem}</span>}
      </SettingRow>
      <SettingRow label="Data folder">
        <CopyValue value={system.dataDir} />
      </SettingRow>
      <SettingRow label="Running since">{exactTime(system.startedAt)}</SettingRow>
      <SettingRow label="Processes">
        orchestrator {system.pid}
        {system.hostPid ? `, host ${system.hostPid}` : ', no host running'} on {system.platform}
      </SettingRow>
      <SettingRow label="You may" hint={signOut ? 'with the token of this browser' : 'in this window'}>
        {access}
      </SettingRow>
      {signOut && (
        <SettingRow label="This browser" hint="the next visit asks for the token">
          <Button size="sm" className="max-phone:h-11" onClick={signOut}>
            Forget the token
          </Button>
        </SettingRow>
      )}
    </Panel>
  );
}
