import { ListFilter, X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useProjects, useWorkers } from '../app/use-rows.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { SelectField, TextField } from '../ui/fields.tsx';
import { filterCount, type RecordRole, roleNames, type SessionQuery, withoutFilters } from './session-query.ts';
import { useSessions } from './session-store.ts';
import { shortModel } from './session-words.ts';

const spans = [
  ['', 'any date'],
  ['1', 'today'],
  ['7', 'last 7 days'],
  ['30', 'last 30 days'],
  ['90', 'last 90 days'],
  ['between', 'between…'],
] as const;

const costs = ['', '0.5', '1', '5', '20'] as const;

/** Everything that narrows a search, as chips; what is set is marked and can be taken off. */
export function FilterBar({
  query,
  onChange,
  start,
  end,
}: {
  query: SessionQuery;
  onChange: (part: Partial<SessionQuery>) => void;
  start: ReactNode;
  end: ReactNode;
}) {
  const projects = useProjects();
  const workers = useWorkers();
  const [open, setOpen] = useState(false);
  const [between, setBetween] = useState(false);
  const known = useKnown();
  const count = filterCount(query);
  const dates = query.date.includes('..') ? query.date.split('..') : ['', ''];
  const asksDates = between || query.date.includes('..');
  const setDate = (place: 0 | 1, value: string): void => {
    const next = place === 0 ? [value, dates[1]] : [dates[0], value];
    onChange({ date: next[0] || next[1] ? next.join('..') : '' });
  };
  return (
    <div className="flex flex-wrap items-center gap-1.5 px-4 pb-3 max-phone:gap-2">
      <span className="hidden max-phone:contents">
        <Button icon={ListFilter} aria-expanded={open} className="h-11" onClick={() => setOpen(!open)}>
          Filters{count > 0 ? ` (${count})` : ''}
        </Button>
      </span>
      <div className={cx('contents', !open && 'max-phone:hidden')}>
        <Choice label="Project" value={query.project} onChange={(project) => onChange({ project })}>
          <option value="">any project</option>
          {projects.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Choice>
        <Choice label="Worker" value={query.worker} onChange={(worker) => onChange({ worker })}>
          <option value="">any worker</option>
          {workers.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Choice>
        <Choice
          label="Date"
          value={asksDates ? 'between' : query.date}
          onChange={(date) => {
            setBetween(date === 'between');
            onChange({ date: date === 'between' ? '' : date });
          }}
        >
          {spans.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Choice>
        {asksDates && (
          <span className="inline-flex items-center gap-1.5 text-sm text-ink-3">
            <TextField
              type="date"
              aria-label="From"
              value={dates[0] ?? ''}
              onChange={(event) => setDate(0, event.target.value)}
            />
            to
            <TextField
              type="date"
              aria-label="To"
              value={dates[1] ?? ''}
              onChange={(event) => setDate(1, event.target.value)}
            />
          </span>
        )}
        <Choice label="Said by" value={query.role} onChange={(role) => onChange({ role: role as RecordRole | '' })}>
          <option value="">said by anybody</option>
          {Object.entries(roleNames).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Choice>
        <TextChip label="Tool" value={query.tool} onChange={(tool) => onChange({ tool })} known={known.tools} />
        <TextChip label="File" value={query.path} onChange={(path) => onChange({ path })} known={[]} wide />
        <TextChip
          label="Model"
          value={query.model}
          shown={shortModel(query.model)}
          onChange={(model) => onChange({ model })}
          known={known.models}
        />
        <TextChip
          label="Branch"
          value={query.branch}
          onChange={(branch) => onChange({ branch })}
          known={known.branches}
          wide
        />
        <Choice label="Cost" value={query.cost} onChange={(cost) => onChange({ cost })}>
          {[...new Set([...costs, query.cost])].map((value) => (
            <option key={value} value={value}>
              {value ? `$${value} or more` : 'any cost'}
            </option>
          ))}
        </Choice>
        <button
          type="button"
          aria-pressed={query.archived}
          onClick={() => onChange({ archived: !query.archived })}
          className={cx(
            'h-7 rounded-2 px-2.5 text-sm ring-1 ring-inset max-phone:h-11',
            query.archived
              ? 'bg-accent-bg text-accent-text ring-accent-line'
              : 'bg-control ring-hair-strong hover:bg-active',
          )}
        >
          Archived
        </button>
        {count > 0 && (
          <Button
            look="ghost"
            size="md"
            icon={X}
            className="text-sm max-phone:h-11"
            onClick={() => {
              setBetween(false);
              onChange(withoutFilters(query));
            }}
          >
            Clear
          </Button>
        )}
      </div>
      {start}
      <span className="ml-auto flex items-center gap-2 text-sm text-ink-3">{end}</span>
    </div>
  );
}

/** What sessions that were read have in them, to choose from. */
function useKnown(): { tools: string[]; models: string[]; branches: string[] } {
  const byId = useSessions((state) => state.byId);
  const tools = new Set<string>();
  const models = new Set<string>();
  const branches = new Set<string>();
  for (const session of Object.values(byId)) {
    for (const name of Object.keys(session.tools)) tools.add(name);
    if (session.model) models.add(session.model);
    if (session.branch) branches.add(session.branch);
  }
  const sorted = (set: Set<string>): string[] => [...set].sort((a, b) => a.localeCompare(b));
  return { tools: sorted(tools), models: sorted(models), branches: sorted(branches) };
}

function Choice({
  label,
  value,
  onChange,
  children,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  children: ReactNode;
}) {
  return (
    <SelectField
      aria-label={label}
      value={value}
      className={
        value ? 'max-w-56 [&_select]:bg-accent-bg [&_select]:text-accent-text [&_select]:ring-accent-line' : 'max-w-56'
      }
      onChange={(event) => onChange(event.target.value)}
    >
      {children}
    </SelectField>
  );
}

function TextChip({
  label,
  value,
  shown = value,
  known,
  wide = false,
  onChange,
}: {
  label: string;
  value: string;
  shown?: string;
  known: readonly string[];
  wide?: boolean;
  onChange: (value: string) => void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const editing = typed !== null;
  useEffect(() => {
    if (editing) field.current?.focus();
  }, [editing]);
  const done = (text: string | null): void => {
    setTyped(null);
    if (text !== null && text.trim() !== value) onChange(text.trim());
  };
  if (editing) {
    return (
      <>
        <TextField
          ref={field}
          mono
          list={known.length > 0 ? id : undefined}
          aria-label={label}
          placeholder={label.toLowerCase()}
          value={typed}
          className={wide ? 'w-48' : 'w-36'}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={() => done(typed)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') done(typed);
            if (event.key === 'Escape') {
              event.stopPropagation();
              done(null);
            }
          }}
        />
        {known.length > 0 && (
          <datalist id={id}>
            {known.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        )}
      </>
    );
  }
  return (
    <span
      className={cx(
        'inline-flex h-7 items-center rounded-2 text-sm ring-1 ring-inset max-phone:h-11',
        value ? 'bg-accent-bg text-accent-text ring-accent-line' : 'bg-control ring-hair-strong hover:bg-active',
      )}
    >
      <button
        type="button"
        className="focus-inset h-full max-w-56 truncate rounded-2 px-2.5"
        onClick={() => setTyped(value)}
      >
        {label}
        {value && <span className="font-mono text-xs"> {shown}</span>}
      </button>
      {value && (
        <button
          type="button"
          aria-label={`Any ${label.toLowerCase()}`}
          className="focus-inset -ml-1.5 grid h-full w-6 place-items-center rounded-2"
          onClick={() => onChange('')}
        >
          <X size={12} aria-hidden />
        </button>
      )}
    </span>
  );
}
