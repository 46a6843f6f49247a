/** What was done, as a person would say it: "workers.spawn" is "started a worker". The name itself stands beside it. */
const words: Readonly<Record<string, string>> = {
  'workers.spawn': 'started a worker',
  'workers.send': 'wrote to a worker',
  'workers.interrupt': 'interrupted a turn',
  'workers.stop': 'stopped a worker',
  'workers.resume': 'resumed a worker',
  'workers.remove': 'removed a worker',
  'workers.update': 'changed a worker',
  'workers.compact': 'compacted a conversation',
  'workers.switchKind': 'switched a worker’s kind',
  'workers.cancelRecovery': 'let a crashed worker be',
  'approvals.decide': 'decided a request',
  'approvals.decideMany': 'decided requests',
  'rules.add': 'made a rule',
  'rules.remove': 'removed a rule',
  'roles.save': 'saved a role',
  'roles.remove': 'removed a role',
  'settings.update': 'changed settings',
  'projects.add': 'added a project',
  'projects.update': 'changed a project',
  'projects.remove': 'removed a project',
  'inbox.snooze': 'put something off',
  'inbox.dismiss': 'put something aside',
  'terminals.create': 'opened a terminal',
  'terminals.remove': 'closed a terminal',
  'terminals.rename': 'renamed a terminal',
  'terminals.restart': 'restarted a terminal',
  'terminals.control.request': 'asked for control of a terminal',
  'terminals.control.grant': 'handed over control of a terminal',
  'terminals.control.refuse': 'kept control of a terminal',
  'terminals.control.release': 'gave back control of a terminal',
  'terminals.control.take': 'took control of a terminal',
  'terminals.shares.create': 'made a link to a terminal',
  'terminals.shares.revoke': 'revoked a link to a terminal',
  'terminals.shares.open': 'opened a link to a terminal',
  'access.login': 'signed in',
  'access.refused': 'was refused',
  'access.token': 'exchanged a credential for tokens',
  'access.refresh': 'refreshed tokens',
  'access.logout': 'ended their session',
  'access.endSession': 'ended a session of tokens',
  'access.rotateSecret': 'replaced the secret of tokens',
  'access.rotateLocalToken': 'replaced the local token',
  'access.keys.create': 'made a key',
  'access.keys.update': 'changed a key',
  'access.keys.rotate': 'replaced a key’s secret',
  'access.keys.revoke': 'revoked a key',
  'access.devices.rename': 'renamed a device',
  'access.devices.revoke': 'revoked a device',
  'access.devices.pair': 'made a pairing code',
  'access.devices.cancelPairing': 'cancelled a pairing code',
  'access.devices.claim': 'paired a device',
};

/** An action in words, or its own name where there are none. */
export function actionWords(action: string): string {
  return words[action] ?? action;
}

/** The groups of actions that the list can be narrowed to: the beginnings of their names. */
export const actionGroups: readonly { prefix: string; name: string }[] = [
  { prefix: '', name: 'everything' },
  { prefix: 'approvals.', name: 'decisions' },
  { prefix: 'workers.', name: 'workers' },
  { prefix: 'rules.', name: 'rules' },
  { prefix: 'roles.', name: 'roles' },
  { prefix: 'settings.', name: 'settings' },
  { prefix: 'projects.', name: 'projects' },
  { prefix: 'inbox.', name: 'inbox' },
  { prefix: 'terminals.', name: 'terminals' },
  { prefix: 'access.', name: 'sign-ins, keys, devices' },
];

/** What was given, in one line: short values, no braces, no ids; all of it stands in the opened row. */
export function detailWords(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .filter(([key]) => !/^(id|ids|\w+Id)$/.test(key))
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
