import { Check, Copy, Eye, Plus, RotateCw, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { type WebhookEvent, webhookChoices } from '../../shared/webhook-events.ts';
import type { Webhook, WebhookDelivery } from '../../shared/webhooks.ts';
import { useApp } from '../app/app-context.ts';
import { tell } from '../app/ui-state.ts';
import { serverNow } from '../data/clock.ts';
import { errorText } from '../data/error-text.ts';
import { useStore } from '../data/store.ts';
import { useStream } from '../data/use-stream.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Problem, Switch, TextField } from '../ui/fields.tsx';
import { clockTime, duration, exactTime, plural } from '../ui/format.ts';
import { useOnChange } from '../ui/use-on-change.ts';
import { writeClipboard } from '../ui/write-clipboard.ts';
import { HeldBy, Panel } from './panel.tsx';

const groups: readonly { name: string; prefix: string }[] = [
  { name: 'Sessions', prefix: 'session.' },
  { name: 'Workers', prefix: 'worker.' },
  { name: 'Requests', prefix: 'approval.' },
];

const deliveryPage = 20;

/** Addresses that are told what happens here. */
export function WebhooksSection() {
  const admin = useStore((state) => state.access === 'admin');
  const [adding, setAdding] = useState(false);
  return (
    <Panel
      title="Webhooks"
      about="Addresses that are told by POST what happens here, signed so that they can tell it is this Control Room."
      end={
        admin && !adding ? (
          <Button size="sm" icon={Plus} className="max-phone:h-11" onClick={() => setAdding(true)}>
            Add a webhook
          </Button>
        ) : null
      }
    >
      {admin ? (
        <List adding={adding} onAdded={() => setAdding(false)} />
      ) : (
        <p className="px-4 py-3 text-ink-2">Only an administrator may see where things are told.</p>
      )}
    </Panel>
  );
}

function List({ adding, onAdded }: { adding: boolean; onAdded: () => void }) {
  const { value, error } = useStream('webhooks', (client, signal) => client.webhooks.watch(undefined, { signal }));
  return (
    <>
      {error && <Problem className="m-3">{error}</Problem>}
      {adding && <WebhookForm webhook={null} onDone={onAdded} />}
      {value?.items.length === 0 && !adding && (
        <p className="px-4 py-3 text-ink-2">
          None yet. A webhook can tell a chat, a pager or your own program that a worker waits, ended or failed.
        </p>
      )}
      <ul>
        {value?.items.map((webhook) => (
          <WebhookRow key={webhook.id} webhook={webhook} />
        ))}
      </ul>
    </>
  );
}

function WebhookRow({ webhook }: { webhook: Webhook }) {
  const { connection } = useApp();
  const [shows, setShows] = useState<'nothing' | 'edit' | 'secret' | 'log'>('nothing');
  const [busy, setBusy] = useState(false);
  const attempt = async <T,>(work: () => Promise<T>): Promise<T | null> => {
    setBusy(true);
    try {
      return await work();
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
      return null;
    } finally {
      setBusy(false);
    }
  };
  const test = async (): Promise<void> => {
    const sent = await attempt(() => connection.client.webhooks.test({ id: webhook.id }));
    if (!sent) return;
    if (sent.state === 'delivered') tell(`“${webhook.name}” took the test (${sent.status}).`);
    else
      tell(`“${webhook.name}” did not take the test: ${sent.status ?? ''} ${sent.answer ?? ''}`.trim(), {
        tone: 'error',
      });
  };
  const remove = async (): Promise<void> => {
    const { name, url, events, enabled } = webhook;
    const removed = await attempt(() => connection.client.webhooks.remove({ id: webhook.id }));
    if (!removed) return;
    tell(`“${name}” was removed.`, {
      action: {
        label: 'Add it again',
        run: () => void attempt(() => connection.client.webhooks.add({ name, url, events, enabled })),
      },
    });
  };
  const toggle = (what: typeof shows): void => setShows(shows === what ? 'nothing' : what);
  return (
    <li className="border-t border-hair-soft px-4 py-2.5 first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <Switch
          aria-label={`Tell ${webhook.name}`}
          checked={webhook.enabled}
          disabled={busy || webhook.heldBy !== null}
          onCheckedChange={(enabled) =>
            void attempt(() => connection.client.webhooks.update({ id: webhook.id, enabled }))
          }
        />
        <span className="min-w-0 flex-1 basis-48">
          <span className="block truncate font-medium">{webhook.name}</span>
          <code className="block truncate text-ink-3" title={webhook.url}>
            {webhook.url}
          </code>
        </span>
        {webhook.heldBy && <HeldBy name={webhook.heldBy} />}
        <span className="flex gap-1">
          <Button size="sm" icon={Send} disabled={busy} className="max-phone:h-11" onClick={() => void test()}>
            Test
          </Button>
          <Button
            size="sm"
            look="ghost"
            aria-expanded={shows === 'log'}
            className="max-phone:h-11"
            onClick={() => toggle('log')}
          >
            Log
          </Button>
          <Button
            size="sm"
            look="ghost"
            icon={Eye}
            aria-label="Show the secret"
            aria-expanded={shows === 'secret'}
            className="max-phone:size-11"
            onClick={() => toggle('secret')}
          />
          {!webhook.heldBy && (
            <>
              <Button
                size="sm"
                look="ghost"
                aria-expanded={shows === 'edit'}
                className="max-phone:h-11"
                onClick={() => toggle('edit')}
              >
                Edit
              </Button>
              <Button
                size="sm"
                look="ghost"
                icon={Trash2}
                aria-label={`Remove ${webhook.name}`}
                disabled={busy}
                className="max-phone:size-11"
                onClick={() => void remove()}
              />
            </>
          )}
        </span>
      </div>
      <p className={cx('mt-1 text-sm', webhook.problem ? 'text-failed' : 'text-ink-3')}>
        {webhook.problem
          ? `Switched off: ${webhook.problem}`
          : `${webhook.events.length === webhookChoices.length ? 'everything' : webhook.events.join(', ')}${
              webhook.lastDeliveredAt
                ? ` · taken ${duration(serverNow() - webhook.lastDeliveredAt)} ago`
                : ' · nothing taken yet'
            }${webhook.failuresSince > 0 ? ` · ${plural(webhook.failuresSince, 'failure')} since` : ''}`}
      </p>
      {shows === 'edit' && <WebhookForm webhook={webhook} onDone={() => setShows('nothing')} />}
      {shows === 'secret' && <Secret webhook={webhook} />}
      {shows === 'log' && <Deliveries webhook={webhook} />}
    </li>
  );
}

function WebhookForm({ webhook, onDone }: { webhook: Webhook | null; onDone: () => void }) {
  const { connection } = useApp();
  const [name, setName] = useState(webhook?.name ?? '');
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [events, setEvents] = useState<readonly WebhookEvent[]>(
    webhook?.events ?? ['worker.waiting', 'worker.ended', 'approval.requested'],
  );
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    const chosen = { name: name.trim() || new URL(url).hostname, url: url.trim(), events: [...events] };
    try {
      if (webhook) await connection.client.webhooks.update({ id: webhook.id, ...chosen });
      else await connection.client.webhooks.add({ ...chosen, enabled: true });
      onDone();
    } catch (error) {
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  const complete = URL.canParse(url.trim()) && events.length > 0;
  return (
    <form
      aria-label={webhook ? `Edit ${webhook.name}` : 'New webhook'}
      className={cx('grid gap-3', webhook ? 'mt-2' : 'border-b border-hair-soft px-4 py-3')}
      onSubmit={(event) => {
        event.preventDefault();
        if (complete && !busy) void save();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onDone();
      }}
    >
      <div className="flex flex-wrap gap-2">
        <TextField
          autoFocus
          mono
          aria-label="Address"
          placeholder="https://…"
          value={url}
          maxLength={2000}
          className="min-w-0 flex-1 basis-64"
          onChange={(event) => setUrl(event.target.value)}
        />
        <TextField
          aria-label="Name"
          placeholder="its name"
          value={name}
          maxLength={80}
          className="w-44 max-phone:w-full"
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <fieldset className="flex flex-wrap gap-x-8 gap-y-2">
        <legend className="mb-1 text-sm text-ink-3">What it is told of</legend>
        {groups.map(({ name: group, prefix }) => (
          <div key={prefix} className="grid content-start gap-0.5">
            <span className="text-sm font-medium">{group}</span>
            {webhookChoices
              .filter((event) => event.startsWith(prefix))
              .map((event) => (
                <label key={event} className="flex items-center gap-2 text-sm text-ink-2 max-phone:h-11">
                  <input
                    type="checkbox"
                    className="size-3.5 accent-(--accent)"
                    checked={events.includes(event)}
                    onChange={() =>
                      setEvents(events.includes(event) ? events.filter((other) => other !== event) : [...events, event])
                    }
                  />
                  {event.slice(prefix.length)}
                </label>
              ))}
          </div>
        ))}
      </fieldset>
      {problem && <Problem>{problem}</Problem>}
      <div className="flex gap-2">
        <Button type="submit" look="primary" size="sm" disabled={!complete || busy} className="max-phone:h-11">
          {webhook ? 'Save' : 'Add'}
        </Button>
        <Button size="sm" look="ghost" className="max-phone:h-11" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

function Secret({ webhook }: { webhook: Webhook }) {
  const { connection } = useApp();
  const [secret, setSecret] = useState<string | null>(null);
  const [copied, setCopied] = useState(false);
  const ask = async (renew: boolean): Promise<void> => {
    try {
      setSecret((await connection.client.webhooks.secret({ id: webhook.id, renew })).secret);
      setCopied(false);
    } catch (error) {
      tell(errorText(error), { tone: 'error' });
    }
  };
  // Asked once, when it is shown.
  useOnChange(() => void ask(false), []);
  return (
    <div className="mt-2 grid gap-2 rounded-3 bg-well px-3 py-2 text-sm ring-1 ring-hair ring-inset">
      <p className="text-ink-2">
        Messages are signed with this secret in the header <code>webhook-signature</code>, as standardwebhooks.com
        describes. Who has it can pretend to be this Control Room.
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <code className="min-w-0 flex-1 truncate select-all">{secret ?? '…'}</code>
        <Button
          size="sm"
          icon={copied ? Check : Copy}
          disabled={!secret}
          className="max-phone:h-11"
          onClick={() =>
            void writeClipboard(secret ?? '').then((done) => {
              if (done) setCopied(true);
              else tell('The clipboard is not allowed here. Select the secret and copy it.', { tone: 'error' });
            })
          }
        >
          {copied ? 'Copied' : 'Copy'}
        </Button>
        <Button
          size="sm"
          look="danger"
          icon={RotateCw}
          title="The present one holds no longer"
          className="max-phone:h-11"
          onClick={() => void ask(true)}
        >
          Make another one
        </Button>
      </div>
    </div>
  );
}

function Deliveries({ webhook }: { webhook: Webhook }) {
  const { connection } = useApp();
  const [pages, setPages] = useState<{ items: readonly WebhookDelivery[]; next: string | null } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [openId, setOpenId] = useState<string | null>(null);
  const load = async (cursor: string | null): Promise<void> => {
    try {
      const page = await connection.client.webhooks.deliveries({
        id: webhook.id,
        limit: deliveryPage,
        ...(cursor ? { cursor } : {}),
      });
      setPages((before) => ({
        items: cursor && before ? [...before.items, ...page.items] : page.items,
        next: page.nextCursor,
      }));
      setError(null);
    } catch (problem) {
      setError(errorText(problem));
    }
  };
  // The row is another one after each message.
  useOnChange(() => void load(null), [webhook]);
  const replay = async (id: string): Promise<void> => {
    try {
      await connection.client.webhooks.replay({ id });
    } catch (problem) {
      setError(errorText(problem));
    }
  };
  if (error) return <Problem className="mt-2">{error}</Problem>;
  if (!pages) return null;
  if (pages.items.length === 0) return <p className="mt-2 text-sm text-ink-3">Nothing was sent yet.</p>;
  return (
    <div className="mt-2 rounded-3 bg-well ring-1 ring-hair ring-inset">
      <ul className="text-sm">
        {pages.items.map((delivery) => (
          <li key={delivery.id} className="border-t border-hair-soft first:border-t-0">
            <button
              type="button"
              aria-expanded={openId === delivery.id}
              className="focus-inset flex min-h-8 w-full items-baseline gap-3 px-3 py-1.5 text-left hover:bg-hover max-phone:min-h-11"
              onClick={() => setOpenId(openId === delivery.id ? null : delivery.id)}
            >
              <time className="w-14 shrink-0 text-ink-3" title={exactTime(delivery.at)}>
                {clockTime(delivery.at)}
              </time>
              <span className="min-w-0 flex-1 truncate">{delivery.event}</span>
              <span
                className={cx(
                  'shrink-0',
                  delivery.state === 'delivered'
                    ? 'text-done'
                    : delivery.state === 'failed'
                      ? 'text-failed'
                      : 'text-needs',
                )}
              >
                {stateWords(delivery)}
              </span>
            </button>
            {openId === delivery.id && (
              <div className="grid gap-2 px-3 pb-3">
                {delivery.answer && (
                  <p className="text-ink-2 wrap-anywhere">
                    Answer{delivery.status ? ` ${delivery.status}` : ''}: {delivery.answer}
                  </p>
                )}
                <pre className="max-h-64 overflow-auto whitespace-pre-wrap wrap-anywhere">{pretty(delivery.body)}</pre>
                <Button
                  size="sm"
                  icon={Send}
                  className="justify-self-start max-phone:h-11"
                  onClick={() => void replay(delivery.id)}
                >
                  Send it again
                </Button>
              </div>
            )}
          </li>
        ))}
      </ul>
      {pages.next && (
        <Button look="ghost" size="sm" className="m-1 max-phone:h-11" onClick={() => void load(pages.next)}>
          Older ones
        </Button>
      )}
    </div>
  );
}

function stateWords({ state, status, attempts, nextAt }: WebhookDelivery): string {
  if (state === 'delivered') return `taken (${status})`;
  if (state === 'failed') return `failed${status ? ` (${status})` : ''}`;
  if (attempts === 0) return 'on its way';
  return `tried ${attempts} times, again at ${clockTime(nextAt ?? 0)}`;
}

function pretty(body: string): string {
  return JSON.stringify(JSON.parse(body), null, 2);
}
