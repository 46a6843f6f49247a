import { SquarePen, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { contextText } from '../../shared/context-text.ts';
import type { SessionId } from '../../shared/ids.ts';
import type { Session } from '../../shared/sessions.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { errorText } from '../data/error-text.ts';
import { Button } from '../ui/button.tsx';
import { SelectField } from '../ui/fields.tsx';
import { plural, tokens } from '../ui/format.ts';
import { Meter } from '../ui/instruments.tsx';
import { choose, inOrder, letAllGo, useChosen } from './chosen.ts';
import { KeptContexts } from './kept-contexts.tsx';
import { useSessionActions } from './session-actions.ts';

const budgets = [5_000, 20_000, 50_000, 100_000] as const;

/** What was chosen for a new worker: how much it is, how much it may be, and the button that starts one. */
export function ChosenBar({ session }: { session: Session | undefined }) {
  const { byKey, choosing } = useChosen();
  const { connection } = useApp();
  const actions = useSessionActions();
  const [budget, setBudget] = useState<number>(20_000);
  const [reading, setReading] = useState(false);
  const messages = useMemo(() => inOrder(byKey), [byKey]);
  const context = useMemo(() => contextText(messages, budget), [messages, budget]);
  if (!choosing && messages.length === 0) return null;
  const over = context.tokens > budget;

  /** Every prompt and answer of the session, without what its tools and sub-agents said. */
  async function chooseAll(from: Session): Promise<void> {
    setReading(true);
    try {
      let after: number | null = 0;
      while (after !== null) {
        const page: Awaited<ReturnType<typeof connection.client.sessions.messages>> =
          await connection.client.sessions.messages({ id: from.id as SessionId, after, limit: 2000 });
        choose(
          page.items
            .filter(
              ({ role, text, parentToolUseId }) =>
                (role === 'user' || role === 'assistant') && text.trim() && !parentToolUseId,
            )
            .map(({ index, role, text }) => ({
              sessionId: from.id,
              title: from.title,
              index,
              role,
              toolName: null,
              text,
            })),
        );
        after = page.nextCursor;
      }
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
    } finally {
      setReading(false);
    }
  }

  return (
    <section
      aria-label="Chosen for a new worker"
      className="figures flex shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-t border-hair bg-raised px-4 py-2 text-sm"
    >
      <span role="status">
        <b className="font-medium">{plural(messages.length, 'message')}</b>{' '}
        <span className={over ? 'text-failed' : 'text-ink-3'}>
          about {tokens(context.tokens)} tokens{context.cut > 0 ? `, ${context.cut} shortened` : ''}
          {over ? ': choose fewer' : ''}
        </span>
      </span>
      <span className="max-phone:hidden">
        <Meter percent={(context.tokens / budget) * 100} label="Share of the budget" />
      </span>
      <SelectField
        aria-label="Budget"
        value={budget}
        className="max-phone:order-2"
        onChange={(event) => setBudget(Number(event.target.value))}
      >
        {[...new Set([...budgets, budget])].map((value) => (
          <option key={value} value={value}>
            of {tokens(value).replace('.0', '')} tokens
          </option>
        ))}
      </SelectField>
      <Button
        look="ghost"
        size="sm"
        icon={X}
        aria-label="Let them go"
        className="phone:order-last max-phone:order-1 max-phone:ml-auto max-phone:size-11"
        onClick={letAllGo}
      />
      <span className="ml-auto flex flex-wrap items-center gap-1.5 max-phone:order-3 max-phone:ml-0 max-phone:basis-full">
        {session && (
          <Button size="sm" disabled={reading} className="max-phone:h-11" onClick={() => void chooseAll(session)}>
            {reading ? 'Reading…' : 'All prompts and answers'}
          </Button>
        )}
        <KeptContexts messages={messages} budget={budget} over={over} onBudget={setBudget} />
        <Button
          size="sm"
          look="primary"
          icon={SquarePen}
          disabled={messages.length === 0 || over}
          className="max-phone:h-11"
          onClick={() => actions.startWith(messages, budget, session?.projectId ?? null)}
        >
          Start a worker with {messages.length === 1 ? 'it' : 'these'}
        </Button>
      </span>
    </section>
  );
}
