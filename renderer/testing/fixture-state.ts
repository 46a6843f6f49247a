import type { Approval } from '../../shared/approvals.ts';
import type { Message } from '../../shared/conversation.ts';
import type { State } from '../../shared/events.ts';
import type { ApprovalId, ProjectId, RuleId, TerminalId, WorkerId, WorktreeId } from '../../shared/ids.ts';
import type { Project } from '../../shared/projects.ts';
import type { Role } from '../../shared/roles.ts';
import type { Rule } from '../../shared/rules.ts';
import type { Terminal } from '../../shared/terminals.ts';
import type { Worker } from '../../shared/workers.ts';
import type { Worktree } from '../../shared/worktrees.ts';

const minute = 60_000;

/** A project row for tests. */
export function projectRow(name: string, now: number): Project {
  return {
    id: name as ProjectId,
    name,
    path: `/home/user/code/${name}`,
    defaultBranch: 'main',
    remoteUrl: null,
    trusted: false,
    trustQuestion: null,
    limits: {},
    limitsSince: now - 90 * minute,
    createdAt: now - 90 * minute,
  };
}

/** A worker row for tests: idle and headless unless told otherwise. */
export function workerRow(now: number, part: Partial<Worker> & { name: string }): Worker {
  const branch = part.branch === undefined ? part.name : part.branch;
  return {
    id: part.name as WorkerId,
    projectId: 'tideline-api' as ProjectId,
    kind: 'headless',
    state: 'idle',
    waitingFor: null,
    stateChangedAt: now - 5 * minute,
    evidence: 'stream result',
    outcome: null,
    health: 'healthy',
    healthReason: null,
    troubles: [],
    retry: null,
    recovery: { attempts: 0, nextAt: null, history: [] },
    activity: null,
    preview: [],
    timeline: [],
    prompt: '',
    role: 'backend',
    team: null,
    sessionId: '7c1e04b2-3a71-4d0c-9b1e-2f64a1c0e5d9',
    baseBranch: 'main',
    worktreeId: `wt-${part.name}` as WorktreeId,
    worktreePath: `/home/user/worktrees/${part.name}`,
    terminalId: null,
    pid: 48112,
    model: 'opus',
    permissionMode: 'allowlist',
    allowedTools: ['Read', 'Grep', 'Bash(npm test:*)'],
    deniedTools: ['Bash(git push:*)'],
    allowNetwork: false,
    limits: {},
    dependsOn: [],
    priority: 0,
    queuePosition: null,
    claudeVersion: '2.1.329',
    usage: {
      inputTokens: 20_000,
      outputTokens: 31_000,
      cacheReadTokens: 560_000,
      cacheWriteTokens: 40_000,
      costUsd: 1.12,
    },
    workedMs: 14 * minute,
    contextPercent: 37,
    contextTokens: 74_000,
    compactions: { count: 0, tokensSaved: 0 },
    turns: 4,
    changes: null,
    createdAt: now - 30 * minute,
    startedAt: now - 29 * minute,
    lastActivityAt: now - minute,
    endedAt: null,
    endCode: null,
    endReason: null,
    restarts: 0,
    ...part,
    branch,
  };
}

/** A waiting request for tests. */
export function approvalRow(
  now: number,
  part: Partial<Omit<Approval, 'id' | 'workerId'>> & { id: string; workerId: string },
): Approval {
  return {
    projectId: 'tideline-api' as ProjectId,
    kind: 'tool',
    toolName: 'Bash',
    toolUseId: `toolu_${part.id}`,
    input: { command: 'npm run db:migrate -- --to 0042' },
    summary: 'npm run db:migrate -- --to 0042',
    reason: null,
    suggestedRules: ['Bash(npm run db:migrate -- --to 0042)', 'Bash(npm run db:migrate *)'],
    state: 'waiting',
    createdAt: now - 4 * minute,
    decidedAt: null,
    decidedBy: null,
    decidedFrom: null,
    ruleId: null,
    snoozedUntil: null,
    editedInput: null,
    message: null,
    ...part,
    id: part.id as ApprovalId,
    workerId: part.workerId as WorkerId,
  };
}

/** A standing rule for tests. */
export function ruleRow(now: number, part: Partial<Omit<Rule, 'id'>> & { id: string; rule: string }): Rule {
  const scope = part.scope ?? 'project';
  return {
    effect: 'allow',
    workerId: null,
    projectId: scope === 'project' ? ('tideline-api' as ProjectId) : null,
    createdAt: now - 20 * minute,
    createdBy: 'you',
    uses: 3,
    lastUsedAt: now - 2 * minute,
    ...part,
    scope,
    id: part.id as RuleId,
  };
}

/** A role for tests. */
export function roleRow(part: Partial<Role> & { name: string; title: string }): Role {
  return {
    description: '',
    prompt: '',
    model: null,
    permissionMode: null,
    allowedTools: null,
    deniedTools: null,
    allowNetwork: null,
    limits: {},
    builtIn: false,
    changed: false,
    ...part,
  };
}

const verifyBefore = `  const expected = createHmac('sha256', secret).update(body).digest('hex')
  return header === expected`;
const verifyAfter = `  const expected = createHmac('sha256', secret).update(body).digest()
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
    settings: {
      values: {
        maxWorkers: 8,
        defaultKind: 'headless',
        defaultModel: '',
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
        allowNetwork: false,
        defaultLimits: {},
        dayLimits: { costUsd: 40 },
        warnPercent: 80,
        stallSeconds: 300,
        autoResume: true,
        memoryLimitMib: 0,
        lateSeconds: 600,
        notifications: { requests: true, troubles: true, finished: false, sound: false, badge: true },
        terminalIdleHours: 4,
        terminalLogMib: 64,
        terminalLogDays: 14,
        recordShells: false,
        terminalProfiles: [],
        ollamaHost: '127.0.0.1',
        ollamaPort: 11434,
        ollamaTimeoutSeconds: 30,
        ollamaRetries: 3,
        embeddingModel: '',
        compressionPreset: 'balanced',
        compressionModels: { fast: 'llama3.2:3b', balanced: 'llama3.2:8b', quality: 'qwen2.5:14b' },
        compressionCacheMib: 256,
        sessionFolders: [],
        keepDeletedSessions: true,
        trashDays: 30,
      },
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

type Part<T> = T extends unknown ? Omit<T, 'id' | 'workerId' | 'revision' | 'at' | 'parentToolUseId'> : never;

/** The conversation of `webhook-signing`. */
export function fixtureConversation(now: number): Message[] {
  const parts: Part<Message>[] = [
    {
      kind: 'prompt',
      text: 'Check the webhook signatures: compare in constant time, refuse old timestamps, and let a customer rotate the secret without losing a delivery.',
      delivery: 'sent',
    },
    {
      kind: 'thinking',
      text: 'The comparison is in verify.ts. I should look at the docs first, then at every caller.',
    },
    {
      kind: 'text',
      text: 'Three things are wrong in `verify.ts` today:\n\n- The hex strings are compared with `===`, so the time it takes tells how much of a guess is right.\n- A recorded delivery can be sent again for ever, because nothing looks at its timestamp.\n- There is one secret. The moment it changes, every delivery on its way is refused.',
    },
    {
      kind: 'tool',
      toolUseId: 't1',
      name: 'Read',
      input: { file_path: '/home/user/worktrees/webhook-signing/docs/webhooks.md' },
      state: 'done',
      output: Array.from({ length: 212 }, (_, line) => `${line + 1}\ttext`).join('\n'),
      durationMs: 40,
    },
    {
      kind: 'tool',
      toolUseId: 't2',
      name: 'Write',
      input: {
        file_path: '/home/user/worktrees/webhook-signing/src/webhooks/timestamp.ts',
        content: Array.from({ length: 38 }, (_, line) => `export const line${line} = ${line};`).join('\n'),
      },
      state: 'done',
      output: 'File created',
      durationMs: 12,
    },
    {
      kind: 'tool',
      toolUseId: 't3',
      name: 'Bash',
      input: { command: 'npm test -- webhooks' },
      state: 'done',
      output:
        '✓ accepts a delivery that is 4 m 59 s old (3 ms)\n✓ refuses one that is 5 m 01 s old (2 ms)\n12 passed, 0 failed',
      durationMs: 1900,
    },
    {
      kind: 'turn',
      outcome: 'completed',
      text: null,
      durationMs: 184_000,
      costUsd: 0.81,
      inputTokens: 31_000,
      outputTokens: 17_000,
    },
    { kind: 'prompt', text: 'Good. Now the comparison itself.', delivery: 'sent' },
    {
      kind: 'text',
      text: 'Old timestamps are refused now. Next I compare the raw digests; the length check comes first, because `timingSafeEqual` throws on buffers of different length.',
    },
    {
      kind: 'tool',
      toolUseId: 'toolu_a-edit',
      name: 'Edit',
      input: {
        file_path: '/home/user/worktrees/webhook-signing/src/webhooks/verify.ts',
        old_string: verifyBefore,
        new_string: verifyAfter,
      },
      state: 'running',
      output: null,
      durationMs: null,
    },
  ];
  return parts.map(
    (part, index) =>
      ({
        ...part,
        id: index + 1,
        workerId: 'webhook-signing' as WorkerId,
        revision: index + 1,
        at: now - (33 - index * 3) * minute,
        parentToolUseId: null,
      }) as Message,
  );
}

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
