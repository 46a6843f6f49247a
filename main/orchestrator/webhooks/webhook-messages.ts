import type { Alert } from '../../../shared/alerts.ts';
import type { AppEvent } from '../../../shared/events.ts';
import { isLoud } from '../../../shared/loud-alerts.ts';
import type { WebhookEvent } from '../../../shared/webhook-events.ts';
import type { Worker } from '../../../shared/workers.ts';

export interface WebhookMessage {
  event: WebhookEvent;
  body: Record<string, unknown>;
}

/** What was told last of each thing. An event tells a whole row; whether it is news shows only beside that. */
export interface Told {
  get(subject: string): string | undefined;
  set(subject: string, state: string | null): void;
}

/** What webhooks are told when an event happens; null when it is no news to them. */
export function messageOf(event: AppEvent, told: Told): WebhookMessage | null {
  const timestamp = new Date(event.at).toISOString();
  switch (event.type) {
    case 'session.changed': {
      const { kind, sessionId, before, after } = event.delta;
      return {
        event: `session.${kind}`,
        body: { changeType: kind, sessionId, before, after, timestamp },
      };
    }
    case 'worker.changed': {
      const news = workerNews(event.worker, told);
      return news && { event: news, body: { timestamp, worker: workerFacts(event.worker) } };
    }
    case 'worker.removed':
      told.set(event.id, null);
      return null;
    case 'approval.changed': {
      const { id, state, workerId, kind, toolName, summary, decidedBy, message, createdAt, decidedAt } = event.approval;
      const before = told.get(id);
      if (state === 'waiting' ? before === 'waiting' : before !== 'waiting') return null;
      told.set(id, state === 'waiting' ? 'waiting' : null);
      return {
        event: state === 'waiting' ? 'approval.requested' : 'approval.decided',
        body: {
          timestamp,
          approval: { id, state, workerId, kind, toolName, summary, decidedBy, message, createdAt, decidedAt },
        },
      };
    }
    case 'alerts.changed':
      return alertMessage(event.alerts, event.at, told);
    default:
      return null;
  }
}

/** Alerts that fire, or are over, together. One that nobody was told of is not said to be over. */
function alertMessage(alerts: readonly Alert[], at: number, told: Told): WebhookMessage | null {
  const subject = ({ id }: Alert): string => `alert:${id}`;
  const timestamp = new Date(at).toISOString();
  const firing = alerts.filter((alert) => alert.webhook && isLoud(alert, at) && told.get(subject(alert)) === undefined);
  if (firing.length > 0) {
    for (const alert of firing) told.set(subject(alert), 'firing');
    return { event: 'alert.firing', body: { timestamp, alerts: firing.map(alertFacts) } };
  }
  const over = alerts.filter(({ state, ...alert }) => {
    const isOver = state === 'resolved' || state === 'inactive';
    return isOver && told.get(subject({ state, ...alert })) !== undefined;
  });
  if (over.length === 0) return null;
  for (const alert of over) told.set(subject(alert), null);
  return { event: 'alert.resolved', body: { timestamp, alerts: over.map(alertFacts) } };
}

function alertFacts({ id, title, severity, state, since, value, threshold, text, fix }: Alert) {
  return { id, title, severity, state, since, value, threshold, text, fix };
}

const stages: Partial<Record<Worker['state'], 'running' | 'waiting' | 'idle' | 'ended'>> = {
  starting: 'running',
  working: 'running',
  waiting: 'waiting',
  idle: 'idle',
  ended: 'ended',
};

function workerNews(worker: Worker, told: Told): WebhookEvent | null {
  const stage = stages[worker.state];
  const before = told.get(worker.id);
  if (!stage || stage === before) return null;
  told.set(worker.id, stage);
  if (stage !== 'running') return `worker.${stage}`;
  // Going on with a turn after an answer is no start.
  return before === undefined || before === 'ended' ? 'worker.started' : null;
}

function workerFacts(worker: Worker) {
  const { id, name, projectId, kind, state, waitingFor, outcome, endReason, sessionId, branch, model, usage } = worker;
  return { id, name, projectId, kind, state, waitingFor, outcome, endReason, sessionId, branch, model, usage };
}
