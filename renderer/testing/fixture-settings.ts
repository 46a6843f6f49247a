import { defaultSettings } from '../../shared/default-settings.ts';
import type { Settings } from '../../shared/settings.ts';

/** Settings as somebody may have them. */
export const fixtureSettings: Settings = {
  ...defaultSettings,
  maxWorkers: 8,
  branchPrefix: 'feat/',
  allowedTools: [
    'Read',
    'Glob',
    'Grep',
    'Edit',
    'Write',
    'Bash(npm test:*)',
    'Bash(npm run lint:*)',
    'Bash(git status:*)',
    'Bash(git diff:*)',
    'Bash(git add:*)',
    'Bash(git commit:*)',
  ],
  deniedTools: ['Bash(git push:*)', 'Bash(rm -rf:*)', 'Read(./.env)'],
  dayLimits: { costUsd: 40 },
  notifications: { requests: true, troubles: true, finished: false, sound: false, badge: true, alerts: true },
};
