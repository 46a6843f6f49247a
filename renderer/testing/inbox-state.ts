import type { State } from '../../shared/events.ts';
import type { Worker } from '../../shared/workers.ts';
import { approvalRow, workerRow } from './fixture-rows.ts';
import { fixtureState } from './fixture-state.ts';

const minute = 60_000;

/** The room with an inbox that holds every kind of item once, equal requests among them, and one that is snoozed. */
export function inboxState(now: number): State {
  const state = fixtureState(now);
  const at = (minutes: number): number => now - minutes * minute;
  const troubled = (name: string, part: Partial<Worker>, trouble: Omit<Worker['troubles'][number], 'snoozedUntil'>) =>
    workerRow(now, { name, ...part, troubles: [{ ...trouble, snoozedUntil: null }] });
  const workers = [
    troubled(
      'session-store',
      { state: 'ended', outcome: 'failed', endCode: 'AUTH', endedAt: at(3), evidence: 'api_retry 401' },
      {
        kind: 'login',
        since: at(3),
        text: 'The API refused the credential (401).',
        fix: 'Log in with `claude /login` in a terminal, then resume it.',
      },
    ),
    troubled(
      'port-fees',
      { state: 'ended', outcome: 'failed', endCode: 'WORKTREE', endedAt: at(6), evidence: 'git worktree add 128' },
      {
        kind: 'setup',
        since: at(6),
        text: 'Its worktree could not be made: the branch feat/port-fees is checked out elsewhere.',
        fix: 'Choose another branch name, or remove the other worktree.',
      },
    ),
    troubled(
      'tide-import',
      {
        state: 'ended',
        outcome: 'failed',
        endCode: 'CRASHED',
        endedAt: at(1),
        recovery: {
          attempts: 1,
          nextAt: now + 42_000,
          history: [{ at: at(4), code: 'CRASHED', reason: 'killed by signal 9' }],
        },
      },
      { kind: 'crash', since: at(1), text: 'Claude Code was killed by signal 9.', fix: 'It is resumed by itself.' },
    ),
    troubled(
      'index-build',
      { state: 'working', health: 'unhealthy', healthReason: 'no output for 9 min, child npm test at 0 % CPU' },
      {
        kind: 'stall',
        since: at(9),
        text: 'No output for 9 min. Its child npm test is at 0 % CPU.',
        fix: 'Interrupt its turn and tell it what to do instead, or stop it.',
      },
    ),
    troubled(
      'load-tests',
      { state: 'waiting', waitingFor: 'limit', limits: { costUsd: 1 }, evidence: 'limit cost' },
      { kind: 'limit', since: at(5), text: 'It has spent $1.12 of $1.00.', fix: 'Raise the limit or stop it.' },
    ),
    troubled(
      'geo-lookup',
      {
        state: 'working',
        retry: { status: 529, error: 'overloaded', attempt: 3, attempts: 10, nextAt: now + 18_000 },
      },
      { kind: 'retry', since: at(0.5), text: 'The API is overloaded (529); tried again by itself.', fix: null },
    ),
    troubled(
      'price-rules',
      { state: 'idle', contextPercent: 93, contextTokens: 186_000 },
      {
        kind: 'context',
        since: at(7),
        text: '93 % of the model’s window is used.',
        fix: 'Compact its conversation, or start a new worker for the next task.',
      },
    ),
    workerRow(now, { name: 'date-helpers', state: 'waiting', waitingFor: 'plan', stateChangedAt: at(1) }),
    workerRow(now, { name: 'invoice-mail', state: 'waiting', waitingFor: 'approval', stateChangedAt: at(3) }),
    workerRow(now, { name: 'rates-feed', state: 'waiting', waitingFor: 'approval', stateChangedAt: at(1) }),
  ];
  const approvals = [
    approvalRow(now, {
      id: 'a-plan',
      workerId: 'date-helpers',
      kind: 'plan',
      toolName: 'ExitPlanMode',
      createdAt: at(1),
      summary: 'Replace the date helpers',
      suggestedRules: [],
      input: {
        plan: '# Replace the date helpers\n\n1. Add `Temporal` behind one module\n2. Move the **eleven** callers\n3. Remove `date-fns`\n\n| step | files |\n| --- | --- |\n| 1 | 2 |\n| 2 | 11 |',
      },
    }),
    approvalRow(now, { id: 'a-equal', workerId: 'invoice-mail', createdAt: at(3) }),
    approvalRow(now, {
      id: 'a-fetch',
      workerId: 'rates-feed',
      toolName: 'WebFetch',
      createdAt: at(1),
      summary: 'https://rates.example.org/v2/daily.json',
      suggestedRules: ['WebFetch(domain:rates.example.org)'],
      reason: 'network is off for this worker',
      input: { url: 'https://rates.example.org/v2/daily.json', prompt: 'Which currencies are in it?' },
    }),
    approvalRow(now, {
      id: 'a-snoozed',
      workerId: 'log-masking',
      createdAt: at(30),
      summary: 'npm run bench',
      input: { command: 'npm run bench' },
      snoozedUntil: now + 25 * minute,
    }),
  ];
  return {
    ...state,
    workers: [...state.workers, ...workers],
    approvals: [...state.approvals, ...approvals],
    projects: state.projects.map((project) =>
      project.name === 'tideline-jobs'
        ? {
            ...project,
            trustQuestion: { files: ['.claude/settings.json', '.mcp.json'], since: at(40), snoozedUntil: null },
          }
        : project,
    ),
  };
}
