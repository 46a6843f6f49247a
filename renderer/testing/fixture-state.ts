import type { Approval } from '../../shared/approvals.ts';
import type { State } from '../../shared/events.ts';
import type { ProjectId, RuleId, TerminalId, WorkerId, WorktreeId } from '../../shared/ids.ts';
import type { Terminal } from '../../shared/terminals.ts';
import type { Worker } from '../../shared/workers.ts';
import type { Worktree } from '../../shared/worktrees.ts';
import { fixtureAlerts, fixtureHealth } from './fixture-health.ts';
import { approvalRow, projectRow, roleRow, ruleRow, workerRow } from './fixture-rows.ts';
import { fixtureSettings } from './fixture-settings.ts';

const minute = 60_000;

export const verifyBefore = `  const expected = createHmac('sha256', secret).update(body).digest('hex')
  return header === expected`;
export const verifyAfter = `  const expected = createHmac('sha256', secret).update(body).digest()
  const given = Buffer.from(header, 'hex')
  if (given.length !== expected.length) return false
  return timingSafeEqual(given, expected)`;

/** A whole room in the middle of a working day: every state once, two of them asking. */
export function fixtureState(now: number): State {
  const at = (minutes: number): number => now - minutes * minute;
  const workers: Worker[] = [
    workerRow(now, {
      name: 'checkout-a11y',
      projectId: 'tideline-web' as ProjectId,
      branch: 'a11y/checkout',
      kind: 'interactive',
      terminalId: 't-checkout-a11y' as TerminalId,
      role: 'frontend',
      state: 'waiting',
      waitingFor: 'question',
      stateChangedAt: at(17),
      startedAt: at(41),
      contextPercent: 29,
      changes: { files: 3, additions: 54, deletions: 12 },
      usage: {
        inputTokens: 9000,
        outputTokens: 12_000,
        cacheReadTokens: 310_000,
        cacheWriteTokens: 20_000,
        costUsd: 0.94,
      },
      preview: [
        '● The date field has two places for its error.',
        '  └  date-field.tsx:64   under the input',
        '     summary.tsx:22      in the summary',
        '? Both pass the audit. Which one should I keep?',
      ],
      timeline: [
        { state: 'working', at: at(41) },
        { state: 'idle', at: at(31) },
        { state: 'working', at: at(28) },
        { state: 'waiting', at: at(17) },
      ],
    }),
    workerRow(now, {
      name: 'e2e-flakes',
      projectId: 'tideline-web' as ProjectId,
      branch: 'test/e2e-flakes',
      role: 'tester',
      state: 'ended',
      outcome: 'failed',
      endCode: 'CRASHED',
      endReason:
        'Claude Code ran out of memory (exit code 134). Its work so far is in the worktree; resume it to go on.',
      endedAt: at(9),
      stateChangedAt: at(9),
      startedAt: at(26),
      contextPercent: 18,
      pid: null,
      evidence: 'process exit 134',
      troubles: [
        {
          kind: 'crash',
          since: at(9),
          text: 'Claude Code ran out of memory (exit code 134). It was resumed by itself 3 times and ended the same way.',
          fix: 'Resume it to go on; its work so far is in the worktree.',
          snoozedUntil: null,
        },
      ],
      recovery: {
        attempts: 3,
        nextAt: null,
        history: [21, 16, 12].map((minutes) => ({
          at: at(minutes),
          code: 'CRASHED',
          reason: 'out of memory, exit code 134',
        })),
      },
      changes: { files: 2, additions: 17, deletions: 4 },
      usage: {
        inputTokens: 9000,
        outputTokens: 12_000,
        cacheReadTokens: 310_000,
        cacheWriteTokens: 20_000,
        costUsd: 0.71,
      },
      preview: [
        '✓ 41 passed (2 m 14 s)',
        '↻ retry 2/2  checkout › pays with a saved card',
        '<--- Last few GCs --->',
        'FATAL ERROR: Reached heap limit Allocation failed',
        '[process ended with exit code 134]',
      ],
      timeline: [
        { state: 'working', at: at(26) },
        { state: 'ended', at: at(9) },
      ],
    }),
    workerRow(now, {
      name: 'invoice-totals',
      branch: 'fix/invoice-rounding',
      kind: 'interactive',
      terminalId: 't-invoice-totals' as TerminalId,
      state: 'waiting',
      waitingFor: 'approval',
      stateChangedAt: at(4),
      startedAt: at(19),
      changes: { files: 4, additions: 88, deletions: 31 },
      preview: [
        '  the cent is lost. Migration 0042 moves both',
        '  columns to integer minor units.',
        '● Bash(npm run db:migrate -- --to 0042)',
        '  └  Waiting for approval…',
      ],
      timeline: [
        { state: 'working', at: at(19) },
        { state: 'waiting', at: at(4) },
      ],
    }),
    workerRow(now, {
      name: 'webhook-signing',
      branch: 'feat/webhook-signing',
      role: 'security',
      state: 'waiting',
      waitingFor: 'approval',
      stateChangedAt: at(2),
      startedAt: at(33),
      model: 'sonnet',
      contextPercent: 44,
      limits: { costUsd: 4, tokens: 2_000_000, timeoutSeconds: 3600 },
      changes: { files: 4, additions: 121, deletions: 9 },
      usage: {
        inputTokens: 90_000,
        outputTokens: 52_000,
        cacheReadTokens: 1_310_000,
        cacheWriteTokens: 90_000,
        costUsd: 1.68,
      },
      prompt:
        'Check the webhook signatures: compare in constant time, refuse old timestamps, and let a customer rotate the secret without losing a delivery.',
      activity: { text: 'Waits to edit src/webhooks/verify.ts', tool: 'Edit', at: at(2) },
      preview: [
        '● Read docs/webhooks.md · 212 lines',
        '● Search createHmac · 3 matches',
        '● Signatures are compared with ===. I will compare',
        '  raw digests in constant time.',
        '● Edit src/webhooks/verify.ts · waiting',
      ],
      timeline: [
        { state: 'working', at: at(33) },
        { state: 'idle', at: at(19) },
        { state: 'working', at: at(15) },
        { state: 'waiting', at: at(2) },
      ],
    }),
    workerRow(now, {
      name: 'rate-limiter',
      kind: 'interactive',
      terminalId: 't-rate-limiter' as TerminalId,
      state: 'working',
      stateChangedAt: at(21),
      startedAt: at(48),
      contextPercent: 62,
      turns: 12,
      limits: { costUsd: 6, tokens: 2_000_000, timeoutSeconds: 7200 },
      changes: { files: 7, additions: 412, deletions: 96 },
      usage: {
        inputTokens: 190_000,
        outputTokens: 152_000,
        cacheReadTokens: 1_310_000,
        cacheWriteTokens: 90_000,
        costUsd: 3.84,
      },
      activity: { text: 'Editing src/http/pipeline.ts', tool: 'Edit', at: now - 8000 },
      preview: [
        '  └  ✓ refills at the configured rate (14 ms)',
        '     ✓ answers 429 with Retry-After (9 ms)',
        '     ✗ two keys never share a bucket',
        '● The key is built before the caller is known. I',
        '  will move the lookup after authentication.',
        '✻ Moving the lookup… (42 s · esc to interrupt)',
      ],
      timeline: [
        { state: 'working', at: at(48) },
        { state: 'waiting', at: at(39) },
        { state: 'working', at: at(37) },
        { state: 'idle', at: at(26) },
        { state: 'working', at: at(21) },
      ],
    }),
    workerRow(now, {
      name: 'berth-calendar',
      projectId: 'tideline-web' as ProjectId,
      branch: 'feat/berth-calendar',
      role: 'frontend',
      state: 'working',
      stateChangedAt: at(25),
      startedAt: at(72),
      contextPercent: 88,
      changes: { files: 9, additions: 731, deletions: 140 },
      usage: {
        inputTokens: 190_000,
        outputTokens: 252_000,
        cacheReadTokens: 2_310_000,
        cacheWriteTokens: 90_000,
        costUsd: 5.2,
      },
      activity: { text: 'Running npm test -- week-grid', tool: 'Bash', at: now - 112_000 },
      preview: [
        '● Update(src/calendar/week-grid.tsx)',
        '  └  Updated with 46 additions and 9 removals',
        '● Bash(npm test -- week-grid)',
        '  └  ✓ draws seven columns from Monday',
        '     ✓ a berth that spans midnight keeps its colour',
      ],
      timeline: [
        { state: 'working', at: at(60) },
        { state: 'waiting', at: at(26) },
        { state: 'working', at: at(25) },
      ],
    }),
    workerRow(now, {
      name: 'log-masking',
      projectId: 'tideline-jobs' as ProjectId,
      kind: 'interactive',
      terminalId: 't-log-masking' as TerminalId,
      stateChangedAt: at(6),
      startedAt: at(64),
      contextPercent: 33,
      changes: { files: 7, additions: 146, deletions: 22 },
      activity: { text: 'Turn ended. Ready for review, 7 files', tool: null, at: at(6) },
      preview: [
        '● Tokens, cookies and card numbers are masked before',
        '  a record is written. 14 patterns, 31 tests.',
        '  One open point: bodies over 64 kB are cut, not',
        '  masked. Say the word if that should change.',
      ],
      timeline: [
        { state: 'working', at: at(60) },
        { state: 'waiting', at: at(38) },
        { state: 'working', at: at(35) },
        { state: 'idle', at: at(6) },
      ],
    }),
    workerRow(now, {
      name: 'api-docs',
      branch: 'docs/openapi',
      role: 'writer',
      state: 'queued',
      queuePosition: 1,
      dependsOn: ['webhook-signing' as WorkerId],
      startedAt: null,
      worktreeId: null,
      worktreePath: null,
      pid: null,
      contextPercent: null,
      createdAt: at(3),
      stateChangedAt: at(3),
      usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0 },
      prompt:
        'Describe every public route in the OpenAPI file, with the signature headers as they are after the change. Do not touch code.',
    }),
    workerRow(now, {
      name: 'csv-export',
      state: 'ended',
      outcome: 'done',
      endedAt: at(95),
      stateChangedAt: at(95),
      pid: null,
      changes: { files: 3, additions: 96, deletions: 14 },
      usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 2.06 },
    }),
    workerRow(now, {
      name: 'login-copy',
      projectId: 'tideline-web' as ProjectId,
      state: 'ended',
      outcome: 'stopped',
      endedAt: at(140),
      stateChangedAt: at(140),
      pid: null,
      changes: { files: 1, additions: 23, deletions: 19 },
      usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0.38 },
    }),
  ];
  const approvals: Approval[] = [
    approvalRow(now, {
      id: 'a-question',
      workerId: 'checkout-a11y',
      projectId: 'tideline-web' as ProjectId,
      kind: 'question',
      toolName: 'AskUserQuestion',
      createdAt: at(17),
      summary: 'Where should the date field show its error?',
      input: {
        questions: [
          {
            question: 'Where should the date field show its error?',
            header: 'Error place',
            multiSelect: false,
            options: [
              { label: 'Under the input', description: 'Linked with aria-describedby. Same as the other six fields.' },
              {
                label: 'In the summary',
                description: 'One place for all errors, with links. Needs the focus to move there.',
              },
              { label: 'Both, but read once', description: 'Hides the summary’s copy from screen readers.' },
            ],
          },
        ],
      },
    }),
    approvalRow(now, {
      id: 'a-command',
      workerId: 'invoice-totals',
      input: {
        command: 'npm run db:migrate -- --to 0042',
        description: 'Apply the migration in the worktree’s own database before the tests can show the difference',
      },
      reason: 'no allow rule fits',
    }),
    approvalRow(now, {
      id: 'a-edit',
      workerId: 'webhook-signing',
      toolName: 'Edit',
      createdAt: at(2),
      summary: 'Edit src/webhooks/verify.ts',
      reason: 'no rule allows edits in src/webhooks',
      input: {
        file_path: '/home/user/worktrees/webhook-signing/src/webhooks/verify.ts',
        old_string: verifyBefore,
        new_string: verifyAfter,
      },
    }),
    approvalRow(now, {
      id: 'a-past',
      workerId: 'rate-limiter',
      state: 'allowed',
      decidedAt: at(20),
      decidedBy: 'local token',
      decidedFrom: '127.0.0.1',
      ruleId: 'r-cache' as RuleId,
      createdAt: at(21),
      summary: 'npm install --save-exact lru-cache',
    }),
    approvalRow(now, {
      id: 'a-denied',
      workerId: 'berth-calendar',
      state: 'denied',
      decidedAt: at(44),
      decidedBy: 'you',
      decidedFrom: 'desktop window',
      createdAt: at(45),
      summary: 'git push --force',
      message: 'Never push by force.',
    }),
  ];
  const worktrees: Worktree[] = workers
    .filter((worker) => worker.worktreeId !== null)
    .map((worker) => ({
      id: worker.worktreeId as WorktreeId,
      projectId: worker.projectId,
      workerId: worker.id,
      path: worker.worktreePath ?? '',
      branch: worker.branch ?? '',
      baseBranch: 'main',
      baseCommit: '4f9c2d1e8ab37c6f',
      state: 'ready',
      createdAt: worker.createdAt,
    }));
  const terminals: Terminal[] = workers
    .filter((worker) => worker.terminalId !== null)
    .map((worker) => ({
      id: worker.terminalId as TerminalId,
      kind: 'worker',
      workerId: worker.id,
      projectId: worker.projectId,
      title: worker.name,
      cwd: worker.worktreePath ?? '',
      cols: 116,
      rows: 38,
      pid: worker.pid,
      state: 'running',
      exitCode: null,
      createdAt: worker.createdAt,
      endedAt: null,
      profile: null,
      lastActiveAt: now,
      endReason: null,
      recorded: true,
    }));
  return {
    seq: 100,
    access: 'admin',
    now,
    system: {
      version: '0.1.0',
      platform: 'linux',
      pid: 4242,
      hostPid: 4243,
      startedAt: at(180),
      dataDir: '/home/user/.local/share/control-room',
      claude: { path: '/usr/bin/claude', version: '2.1.329', problem: null },
      dangerousAllowed: false,
      osSandbox: { available: true, problem: null },
    },
    health: fixtureHealth(now),
    alerts: fixtureAlerts(now),
    settings: {
      values: fixtureSettings,
      lockedBy: { maxWorkers: 'MAX_WORKERS' },
    },
    projects: ['tideline-api', 'tideline-web', 'tideline-jobs'].map((name) => projectRow(name, now)),
    workers,
    approvals,
    terminals,
    worktrees,
    rules: [
      ruleRow(now, { id: 'r-cache', rule: 'Bash(npm install --save-exact *)', scope: 'project' }),
      ruleRow(now, { id: 'r-push', rule: 'Bash(git push --force *)', effect: 'deny', scope: 'always' }),
    ],
    roles: [
      roleRow({ name: 'backend', title: 'Backend', description: 'Servers, data and the tests that hold them.' }),
      roleRow({
        name: 'reviewer',
        title: 'Reviewer',
        description: 'Reads, runs tests, changes nothing.',
        allowedTools: ['Read', 'Grep', 'Glob'],
        deniedTools: ['Edit', 'Write'],
        builtIn: true,
      }),
    ],
    savedSearches: [],
    spending: {
      day: '2026-11-21',
      today: { tokens: 6_420_000, costUsd: 19.71, workedMs: 214 * minute },
      projects: {
        'tideline-api': {
          today: { tokens: 3_900_000, costUsd: 9.34, workedMs: 100 * minute },
          total: { tokens: 9_900_000, costUsd: 31.2, workedMs: 400 * minute },
        },
      },
    },
  };
}
