/** What a webhook may be told of. */
export const webhookEvents = [
  'session.created',
  'session.updated',
  'session.deleted',
  'worker.started',
  'worker.waiting',
  'worker.idle',
  'worker.ended',
  'approval.requested',
  'approval.decided',
  'alert.firing',
  'alert.resolved',
  'test',
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** Those that can be chosen: a test is asked for each time. */
export const webhookChoices = webhookEvents.filter((event) => event !== 'test');
