import { Braces, Link2, ListPlus } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { ProjectId, WorkerId } from '../../shared/ids.ts';
import type { Verdict } from '../../shared/rules.ts';
import type { PermissionMode } from '../../shared/workers.ts';
import { useApp } from '../app/app-context.ts';
import { go, hrefOf } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { useProjects, useWorkers } from '../app/use-rows.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Panel, SettingRow } from '../settings/panel.tsx';
import { Button } from '../ui/button.tsx';
import { Problem, Segments, SelectField, TextField } from '../ui/fields.tsx';
import { useOnChange } from '../ui/use-on-change.ts';
import { writeClipboard } from '../ui/write-clipboard.ts';
import { modeWords, permissionModes } from '../workers/mode-words.ts';
import { AddRuleForm } from './add-rule-form.tsx';
import { ruleForCall } from './rule-notation.ts';
import { callOfLink, emptyCall, inputOf, isAskable, linkOfCall, type TesterCall, toolFields } from './tester-call.ts';
import { VerdictView } from './verdict-view.tsx';

/** Typing is over when this long nothing was typed. */
const typedMs = 180;

const examples: readonly { label: string; part: Pick<TesterCall, 'tool' | 'fields'> }[] = [
  { label: 'npm test && git push', part: { tool: 'Bash', fields: { command: 'npm test && git push' } } },
  { label: 'curl https://example.org', part: { tool: 'Bash', fields: { command: 'curl https://example.org' } } },
  { label: 'Edit .env', part: { tool: 'Edit', fields: { file_path: '.env' } } },
  { label: 'Read ~/.ssh/id_ed25519', part: { tool: 'Read', fields: { file_path: '~/.ssh/id_ed25519' } } },
  { label: 'WebFetch', part: { tool: 'WebFetch', fields: { url: 'https://example.org/' } } },
];

interface Answer {
  /** The link of the call it answers. */
  link: string;
  verdict: Verdict | null;
  error: string | null;
}

/** Says what would happen to a call, and which rule makes it so, without making the call. */
export function RuleTester({ link }: { link: string | null }) {
  const [call, setCall] = useState<TesterCall>(() => callOfLink(link ?? ''));
  const ownLink = linkOfCall(call);
  const lastLink = useRef(link);
  // The address follows what is typed; when it changes by itself (a link, Back) the fields follow it.
  useEffect(() => {
    if (link !== lastLink.current) {
      lastLink.current = link;
      if (link !== null && link !== ownLink) setCall(callOfLink(link));
      return;
    }
    if (ownLink === (link ?? linkOfCall(emptyCall))) return;
    lastLink.current = ownLink;
    go({ view: 'settings', section: 'tester', item: ownLink }, true);
  }, [link, ownLink]);
  const answer = useVerdict(call, ownLink);
  const change = (part: Partial<TesterCall>): void => setCall((before) => ({ ...before, ...part }));
  const input = inputOf(call);
  const [adding, setAdding] = useState(false);
  const address = `${location.origin}${location.pathname}${hrefOf({ view: 'settings', section: 'tester', item: ownLink })}`;
  return (
    <>
      <Panel
        title="Rule tester"
        about="Says what would happen to a call, and which rule makes it so. Nothing is run."
        end={
          <Button
            look="ghost"
            size="sm"
            icon={Link2}
            onClick={() =>
              void writeClipboard(address).then((copied) =>
                tell(
                  copied
                    ? 'The link to this question is copied.'
                    : 'The browser does not allow copying here. The address line holds the link.',
                ),
              )
            }
          >
            Copy link
          </Button>
        }
      >
        <WhoRows call={call} change={change} />
        <ToolRows call={call} change={change} problem={'problem' in input ? input.problem : null} />
        <div className="flex flex-wrap items-center gap-1.5 border-t border-hair-soft px-4 py-2">
          <span className="mr-1 text-sm text-ink-3">Try</span>
          {examples.map(({ label, part }) => (
            <Button
              key={label}
              size="xs"
              look="ghost"
              className="max-phone:h-9"
              onClick={() => change({ ...part, json: null })}
            >
              <code>{label}</code>
            </Button>
          ))}
        </div>
      </Panel>
      <section
        aria-label="Decision"
        className="min-h-[104px] min-w-0 overflow-hidden rounded-3 bg-surface ring-1 ring-inset ring-hair"
      >
        {answer?.error ? (
          <Problem className="m-3">{answer.error}</Problem>
        ) : answer?.verdict ? (
          <VerdictView verdict={answer.verdict} stale={answer.link !== ownLink} />
        ) : (
          <p className="p-4 text-ink-2">
            {isAskable(call) ? '' : 'Type a call: the decision stands here as you type.'}
          </p>
        )}
        {answer?.verdict && 'input' in input && (
          <div className="border-t border-hair-soft px-4 py-2.5">
            {adding ? (
              <AddRuleForm
                initialRule={ruleForCall(call.tool, input.input)}
                initialEffect={answer.verdict.decision === 'allow' ? 'deny' : 'allow'}
                workerId={call.workerId}
                projectId={call.projectId}
                onAdded={() => setAdding(false)}
              />
            ) : (
              <Button size="sm" icon={ListPlus} onClick={() => setAdding(true)}>
                Make a rule for it
              </Button>
            )}
          </div>
        )}
      </section>
    </>
  );
}

/** The decision about a call, asked again when the call or anything that could change it did. */
function useVerdict(call: TesterCall, link: string): Answer | null {
  const { connection } = useApp();
  const epoch = useStore((state) => state.epoch);
  const rules = useStore((state) => state.rows.rules);
  const roles = useStore((state) => state.rows.roles);
  const settings = useStore((state) => state.rows.settings);
  const worker = useStore((state) => state.rows.workers[call.workerId]);
  const [answer, setAnswer] = useState<Answer | null>(null);
  // The link holds the whole call; rows decide about the answer.
  useOnChange(() => {
    if (epoch === 0) return;
    if (!isAskable(call)) {
      setAnswer(null);
      return;
    }
    const input = inputOf(call);
    if ('problem' in input) return;
    const ended = new AbortController();
    const timer = setTimeout(() => {
      connection.client.rules
        .test(
          {
            toolName: call.tool.trim(),
            input: input.input,
            ...(call.workerId
              ? { workerId: call.workerId as WorkerId }
              : {
                  ...(call.projectId ? { projectId: call.projectId as ProjectId } : {}),
                  ...(call.role ? { role: call.role } : {}),
                  permissionMode: call.mode || roles[call.role]?.permissionMode || 'allowlist',
                }),
          },
          { signal: ended.signal },
        )
        .then((verdict) => !ended.signal.aborted && setAnswer({ link, verdict, error: null }))
        .catch((error: unknown) => {
          if (!ended.signal.aborted) setAnswer({ link, verdict: null, error: errorText(error) });
        });
    }, typedMs);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [
    connection,
    epoch,
    link,
    rules,
    roles,
    settings,
    worker?.allowedTools,
    worker?.deniedTools,
    worker?.permissionMode,
  ]);
  return answer;
}

type Change = (part: Partial<TesterCall>) => void;

function WhoRows({ call, change }: { call: TesterCall; change: Change }) {
  const workers = useWorkers();
  const projects = useProjects();
  const roles = useStore((state) => state.rows.roles);
  const dangerousAllowed = useStore((state) => state.system?.dangerousAllowed ?? false);
  const worker = workers.find((one) => one.id === call.workerId);
  const role = roles[call.role];
  const mode: PermissionMode = worker?.permissionMode ?? (call.mode || role?.permissionMode || 'allowlist');
  return (
    <SettingRow label="Who asks" hint={modeWords[mode].means}>
      <SelectField
        aria-label="Worker"
        value={call.workerId}
        onChange={(event) => change({ workerId: event.target.value, role: '', mode: '', projectId: '' })}
      >
        <option value="">a new worker</option>
        {call.workerId && !worker && <option value={call.workerId}>a removed worker</option>}
        {workers.slice(0, 300).map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </SelectField>
      {!call.workerId && (
        <>
          <SelectField
            aria-label="Project"
            value={call.projectId}
            onChange={(event) => change({ projectId: event.target.value })}
          >
            <option value="">of any project</option>
            {projects.map((one) => (
              <option key={one.id} value={one.id}>
                in {one.name}
              </option>
            ))}
          </SelectField>
          <SelectField aria-label="Role" value={call.role} onChange={(event) => change({ role: event.target.value })}>
            <option value="">without a role</option>
            {Object.values(roles).map((one) => (
              <option key={one.name} value={one.name}>
                as {one.title.toLowerCase()}
              </option>
            ))}
          </SelectField>
          <SelectField
            aria-label="Permissions"
            value={mode}
            onChange={(event) => change({ mode: event.target.value as PermissionMode })}
          >
            {permissionModes.map((one) => (
              <option key={one} value={one} disabled={one === 'dangerous' && !dangerousAllowed && mode !== one}>
                {modeWords[one].name.toLowerCase()}
              </option>
            ))}
          </SelectField>
        </>
      )}
    </SettingRow>
  );
}

function ToolRows({ call, change, problem }: { call: TesterCall; change: Change; problem: string | null }) {
  const fields = toolFields[call.tool];
  const raw = call.json !== null || !fields;
  const other = !fields;
  const input = inputOf(call);
  return (
    <>
      <SettingRow label="Tool">
        <SelectField
          aria-label="Tool"
          value={other ? 'other' : call.tool}
          onChange={(event) => {
            const tool = event.target.value === 'other' ? 'mcp__' : event.target.value;
            change({ tool, fields: tool in toolFields ? call.fields : {}, json: tool in toolFields ? null : '{}' });
          }}
        >
          {Object.keys(toolFields).map((tool) => (
            <option key={tool} value={tool}>
              {tool}
            </option>
          ))}
          <option value="other">another tool…</option>
        </SelectField>
        {other && (
          <TextField
            mono
            aria-label="Name of the tool"
            placeholder="mcp__server__tool"
            value={call.tool}
            onChange={(event) => change({ tool: event.target.value, json: call.json ?? '{}' })}
            className="w-64"
          />
        )}
        {!other && (
          <span className="ml-auto flex items-center gap-2">
            <Braces size={14} aria-hidden className="text-ink-3" />
            <Segments
              label="How the input is written"
              value={raw ? 'json' : 'fields'}
              onChange={(value) =>
                change({ json: value === 'json' ? JSON.stringify('input' in input ? input.input : {}, null, 2) : null })
              }
              options={[
                { value: 'fields', label: 'Fields' },
                { value: 'json', label: 'JSON' },
              ]}
            />
          </span>
        )}
      </SettingRow>
      {raw ? (
        <SettingRow label="Input">
          <textarea
            aria-label="Input as JSON"
            spellCheck={false}
            value={call.json ?? '{}'}
            rows={4}
            aria-invalid={problem !== null || undefined}
            onChange={(event) => change({ json: event.target.value })}
            className="field-sizing-content max-h-72 min-h-20 w-full resize-none rounded-3 bg-well px-2 py-1.5 font-mono text-sm ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus max-phone:text-[16px]"
          />
          {problem && <p className="basis-full text-sm text-failed">{problem}</p>}
        </SettingRow>
      ) : (
        fields.map(({ key, label, placeholder }) => (
          <SettingRow key={`${call.tool}${key}`} label={label}>
            {key === 'command' ? (
              <textarea
                aria-label={label}
                spellCheck={false}
                placeholder={placeholder}
                value={call.fields[key] ?? ''}
                rows={1}
                onChange={(event) => change({ fields: { ...call.fields, [key]: event.target.value } })}
                className="field-sizing-content max-h-60 min-h-8 w-full resize-none rounded-3 bg-well px-2 py-1.5 font-mono text-sm ring-1 ring-inset ring-hair-control/70 focus-visible:ring-focus max-phone:text-[16px]"
              />
            ) : (
              <TextField
                mono
                aria-label={label}
                placeholder={placeholder}
                value={call.fields[key] ?? ''}
                onChange={(event) => change({ fields: { ...call.fields, [key]: event.target.value } })}
                className="w-full"
              />
            )}
          </SettingRow>
        ))
      )}
    </>
  );
}
