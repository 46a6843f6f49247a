import { FlaskConical, ShieldAlert, ShieldCheck } from 'lucide-react';
import { hrefOf } from '../app/router.ts';
import { useStore } from '../data/store.ts';
import { NotationHelp } from '../rules/notation-help.tsx';
import { RuleList } from '../rules/rule-list.tsx';
import { StandingRules } from '../rules/standing-rules.tsx';
import { modeWords, permissionModes } from '../workers/mode-words.ts';
import { HeldBy, Panel, SettingRow } from './panel.tsx';
import { SwitchRow } from './switch-row.tsx';
import { useSetting } from './use-setting.ts';

/** What workers may do unless role or spawn say otherwise, and the rules that stand. */
export function PermissionsSection() {
  const allowed = useSetting('allowedTools');
  const denied = useSetting('deniedTools');
  return (
    <>
      <Panel
        title="What new workers may do"
        about="These two lists, unless a role or the worker’s own start says otherwise. A deny wins over everything."
        end={
          <a
            href={hrefOf({ view: 'settings', section: 'tester' })}
            className="inline-flex h-7 shrink-0 items-center gap-1.5 rounded-3 bg-control px-2.5 font-medium ring-1 ring-inset ring-hair-strong hover:bg-active max-phone:h-11"
          >
            <FlaskConical size={14} aria-hidden /> Try a call
          </a>
        }
      >
        <section aria-label="Allowed" className="px-4 pt-3 pb-1">
          <h3 className="mb-2 text-sm font-strong text-done">
            Allowed <span className="font-normal text-ink-3">runs without asking</span>
          </h3>
          {allowed.lockedBy && <HeldBy name={allowed.lockedBy} className="mb-2" />}
          <RuleList
            rules={allowed.value ?? []}
            effect="allow"
            label="New allow rule"
            placeholder="Bash(npm test *)"
            error={allowed.error}
            disabled={allowed.disabled}
            onChange={allowed.save}
          />
        </section>
        <section aria-label="Denied" className="border-t border-hair-soft px-4 pt-3 pb-1">
          <h3 className="mb-2 text-sm font-strong text-failed">
            Denied <span className="font-normal text-ink-3">never runs, whatever else allows it</span>
          </h3>
          {denied.lockedBy && <HeldBy name={denied.lockedBy} className="mb-2" />}
          <RuleList
            rules={denied.value ?? []}
            effect="deny"
            label="New deny rule"
            placeholder="Bash(git push *)"
            error={denied.error}
            disabled={denied.disabled}
            onChange={denied.save}
          />
        </section>
        <div className="border-t border-hair-soft px-4 py-2">
          <NotationHelp />
        </div>
      </Panel>
      <Panel
        title="Standing rules"
        about="Made by decisions that are to last, or here. Running workers heed them at their next request."
      >
        <StandingRules />
      </Panel>
      <NetworkPanel />
      <ModesPanel />
    </>
  );
}

function NetworkPanel() {
  const network = useSetting('allowNetwork');
  const sandbox = useStore((state) => state.system?.osSandbox ?? null);
  return (
    <Panel title="Network" about="Whether new workers may reach the network, and what really holds them back here.">
      <SwitchRow
        setting={network}
        label="Network"
        hint={network.value ? 'new workers may use it' : 'new workers get no tools that fetch or search the web'}
      />
      {sandbox && (
        <SettingRow label="Programs they run">
          <span className="flex min-w-0 items-start gap-2 text-sm">
            {sandbox.available ? (
              <>
                <ShieldCheck size={16} aria-hidden className="mt-0.5 shrink-0 text-done" />
                <span>
                  Held by the operating system’s sandbox: a command cannot reach the network either unless it is
                  allowed.
                </span>
              </>
            ) : (
              <>
                <ShieldAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-needs" />
                <span className="wrap-anywhere">
                  <b className="font-strong text-needs">Not held back on this machine.</b> {sandbox.problem} Until then
                  a command such as <code>curl</code> that a rule allows reaches the network.
                </span>
              </>
            )}
          </span>
        </SettingRow>
      )}
    </Panel>
  );
}

function ModesPanel() {
  const sandboxProblem = useStore((state) => state.system?.osSandbox.problem ?? null);
  const dangerousAllowed = useStore((state) => state.system?.dangerousAllowed ?? false);
  return (
    <Panel title="Modes" about="Chosen for each worker when it starts, or by its role.">
      {permissionModes.map((mode) => (
        <SettingRow key={mode} label={modeWords[mode].name}>
          <span className="text-sm text-ink-2">
            {modeWords[mode].means}
            {mode === 'sandbox' &&
              sandboxProblem &&
              ' Without the sandbox, as on this machine, it gets no shell at all.'}
            {mode === 'allowlist' && ' This is what a worker gets when nothing else is said.'}
            {mode === 'dangerous' &&
              !dangerousAllowed &&
              ' Not offered here: Control Room was started without --allow-dangerous.'}
          </span>
        </SettingRow>
      ))}
    </Panel>
  );
}
