import { Search, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { type Rule, type RuleEffect, ruleEffectSchema } from '../../shared/rules.ts';
import { useApp } from '../app/app-context.ts';
import { hrefOf } from '../app/router.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Segments, TextField } from '../ui/fields.tsx';
import { plural } from '../ui/format.ts';
import { Since } from '../ui/instruments.tsx';
import { AddRuleForm } from './add-rule-form.tsx';
import { EffectMark } from './effect-mark.tsx';
import { ruleWords } from './rule-notation.ts';

const columns =
  'grid grid-cols-[64px_minmax(0,1.5fr)_minmax(0,1fr)_92px_88px_28px] items-center gap-3 max-phone:grid-cols-[64px_minmax(0,1fr)_44px]';

/** For whom a rule holds, in words, with the place it leads to. */
function useHolder(rule: Rule): { text: string; href: string | null } {
  const worker = useStore((state) => (rule.workerId ? state.rows.workers[rule.workerId]?.name : undefined));
  const project = useStore((state) => (rule.projectId ? state.rows.projects[rule.projectId]?.name : undefined));
  if (rule.scope === 'always') return { text: 'every worker', href: null };
  if (rule.scope === 'project')
    return { text: project ?? 'a removed project', href: hrefOf({ view: 'settings', section: 'projects' }) };
  return {
    text: worker ?? 'a removed worker',
    href: worker && rule.workerId ? hrefOf({ view: 'worker', id: rule.workerId, tab: 'facts', file: null }) : null,
  };
}

/** At most this many rows at first: the filter finds the others. */
const shownAtFirst = 100;

/** All rules that decisions or the user made, with what each did so far. */
export function StandingRules() {
  const rules = useStore((state) => state.rows.rules);
  const workers = useStore((state) => state.rows.workers);
  const projects = useStore((state) => state.rows.projects);
  const mayChange = useStore((state) => state.access === 'admin' || state.access === 'approve');
  const [find, setFind] = useState('');
  const [effect, setEffect] = useState<RuleEffect | 'all'>('all');
  const [all, setAll] = useState(false);
  const sorted = useMemo(() => Object.values(rules).sort((a, b) => b.createdAt - a.createdAt), [rules]);
  const words = find.trim().toLowerCase();
  const shown = sorted.filter(
    (rule) =>
      (effect === 'all' || rule.effect === effect) &&
      (!words ||
        [
          rule.rule,
          rule.createdBy,
          rule.scope === 'always' ? 'every worker' : '',
          rule.workerId ? (workers[rule.workerId]?.name ?? '') : '',
          rule.projectId ? (projects[rule.projectId]?.name ?? '') : '',
        ].some((text) => text.toLowerCase().includes(words))),
  );
  return (
    <>
      {mayChange && (
        <div className="border-b border-hair-soft px-4 pt-3 pb-1.5">
          <AddRuleForm />
        </div>
      )}
      {sorted.length === 0 ? (
        <p className="px-4 py-3 text-ink-2">
          None yet. A decision in the inbox that is to last (“for this project”, “always”) makes one, or write one here.
        </p>
      ) : (
        <>
          {sorted.length > 5 && (
            <div className="flex flex-wrap items-center gap-3 px-4 py-2">
              <label className="relative flex items-center">
                <Search size={14} aria-hidden className="pointer-events-none absolute left-2 text-ink-3" />
                <TextField
                  aria-label="Find a rule"
                  placeholder="Find a rule"
                  value={find}
                  onChange={(event) => setFind(event.target.value)}
                  className="w-56 pl-7"
                />
              </label>
              <Segments
                label="Effect shown"
                value={effect}
                onChange={setEffect}
                options={[
                  { value: 'all', label: 'All' },
                  ...ruleEffectSchema.options.map((value) => ({ value, label: value })),
                ]}
              />
              <span className="ml-auto text-sm text-ink-3">
                {shown.length === sorted.length
                  ? plural(sorted.length, 'rule')
                  : `${shown.length} of ${plural(sorted.length, 'rule')}`}
              </span>
            </div>
          )}
          <div className={cx(columns, 'px-4 py-1.5 text-xs text-ink-3 max-phone:hidden')} aria-hidden>
            <span>Effect</span>
            <span>Rule</span>
            <span>Holds for</span>
            <span>Decided</span>
            <span>Made</span>
          </div>
          <ul>
            {shown.slice(0, all ? shown.length : shownAtFirst).map((rule) => (
              <RuleRow key={rule.id} rule={rule} mayChange={mayChange} />
            ))}
          </ul>
          {shown.length === 0 && <p className="px-4 py-3 text-sm text-ink-2">No rule fits. Clear the filter.</p>}
          {!all && shown.length > shownAtFirst && (
            <div className="px-4 py-2">
              <Button size="sm" onClick={() => setAll(true)}>
                Show all {shown.length}
              </Button>
            </div>
          )}
        </>
      )}
    </>
  );
}

function RuleRow({ rule, mayChange }: { rule: Rule; mayChange: boolean }) {
  const { connection } = useApp();
  const holder = useHolder(rule);
  const [removing, setRemoving] = useState(false);
  const remove = async (): Promise<void> => {
    setRemoving(true);
    try {
      await connection.client.rules.remove({ id: rule.id });
      tell(`${rule.rule} is gone. Requests it would have decided ask again.`, {
        action: {
          label: 'Undo',
          run: () =>
            void connection.client.rules
              .add({
                effect: rule.effect,
                rule: rule.rule,
                scope: rule.scope,
                ...(rule.workerId ? { workerId: rule.workerId } : {}),
                ...(rule.projectId ? { projectId: rule.projectId } : {}),
              })
              .catch((problem: unknown) => tell(errorText(problem), { tone: 'error' })),
        },
      });
    } catch (problem) {
      tell(errorText(problem), { tone: 'error' });
      setRemoving(false);
    }
  };
  return (
    <li className={cx(columns, 'min-h-10 border-t border-hair-soft px-4 py-1.5', removing && 'opacity-50')}>
      <EffectMark effect={rule.effect} />
      <span className="min-w-0">
        <code className="block text-[12px] wrap-anywhere">{rule.rule}</code>
        <span className="block truncate text-xs text-ink-3">{ruleWords(rule.rule) ?? ''}</span>
        <span className="hidden text-xs text-ink-3 max-phone:block">
          {holder.text}, {rule.uses === 0 ? 'never used' : `decided ${rule.uses}`}
        </span>
      </span>
      <span className="min-w-0 truncate text-sm max-phone:hidden">
        <span className="text-ink-3">
          {rule.scope === 'session' ? 'worker ' : rule.scope === 'project' ? 'project ' : ''}
        </span>
        {holder.href ? (
          <a href={holder.href} className="hover:text-accent-text hover:underline">
            {holder.text}
          </a>
        ) : (
          holder.text
        )}
      </span>
      <span className="min-w-0 text-sm max-phone:hidden">
        {rule.uses === 0 ? <span className="text-ink-3">never</span> : plural(rule.uses, 'time')}
        {rule.lastUsedAt !== null && (
          <Since at={rule.lastUsedAt} before="last" after="ago" className="block truncate text-xs text-ink-3" />
        )}
      </span>
      <span className="min-w-0 text-sm text-ink-2 max-phone:hidden">
        <Since at={rule.createdAt} after="ago" className="block truncate" />
        <span className="block truncate text-xs text-ink-3" title={`Made by ${rule.createdBy}`}>
          by {rule.createdBy}
        </span>
      </span>
      {mayChange ? (
        <Button
          look="ghost"
          size="sm"
          icon={Trash2}
          aria-label={`Remove ${rule.rule}`}
          disabled={removing}
          className="max-phone:size-11"
          onClick={() => void remove()}
        />
      ) : (
        <span />
      )}
    </li>
  );
}
