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
  'savedSearches.save': 'kept a search',
  'savedSearches.rename': 'renamed a kept search',
  'savedSearches.remove': 'removed a kept search',
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
  'files.list': 'looked into a folder',
  'files.content': 'read a file',
  'files.info': 'looked at a file',
  'files.original': 'compared a file with git',
  'files.search': 'searched in files',
  'files.find': 'looked for a file',
  'files.watch': 'watched a folder',
  'files.save': 'saved a file',
  'files.mkdir': 'made a folder',
  'files.rename': 'renamed a file',
  'files.copy': 'copied a file',
  'files.remove': 'deleted a file',
  'files.removed': 'looked at deleted files',
  'files.restore': 'restored a file',
  'files.purge': 'deleted a file for good',
  'webhooks.add': 'added a webhook',
  'webhooks.update': 'changed a webhook',
  'webhooks.remove': 'removed a webhook',
  'webhooks.secret': 'looked at a webhook’s secret',
  'webhooks.test': 'tested a webhook',
  'webhooks.replay': 'sent a webhook’s message again',
  'audit.clean': 'removed old entries',
  'audit.export': 'saved the audit as a file',
  'terminals.shares.open': 'opened a link to a terminal',
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
  { prefix: 'files.', name: 'files' },
  { prefix: 'webhooks.', name: 'webhooks' },
  { prefix: 'audit.', name: 'audit' },
];

/** What was given, in one line: short values, no braces, no ids; all of it stands in the opened row. */
export function detailWords(details: Readonly<Record<string, unknown>>): string {
  return Object.entries(details)
    .filter(([key]) => !/^(id|ids|\w+Id)$/.test(key))
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
