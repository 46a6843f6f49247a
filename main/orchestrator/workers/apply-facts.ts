import type { Worker } from '../../../shared/workers.ts';
import type { ClaudeFact, MessageTokens } from '../claude/facts.ts';
import { estimateCostUsd } from '../claude/prices.ts';
import type { Conversations } from './conversations.ts';
import { changesFiles, describeTool } from './describe-tool.ts';
import type { Run, WorkerStore } from './store.ts';
import { withoutTroubles, withPreview, withState, withTrouble } from './worker-row.ts';

/** What a worker's approvals must be told. */
export interface ApprovalHooks {
  open(request: {
    workerId: Worker['id'];
    projectId: Worker['projectId'];
    runId: string;
    requestId: string;
    toolName: string;
    toolUseId: string | null;
    input: Record<string, unknown>;
    reason: string | null;
  }): void;
  cancel(origin: { runId: string; requestId: string }): void;
  settleInTerminal(runId: string, toolName: string): void;
  endTurn(runId: string): void;
  endRun(runId: string): void;
  wasDenied(runId: string, toolUseId: string): boolean;
  firstWaiting(runId: string): { kind: 'tool' | 'question' | 'plan' } | undefined;
}

/** What follows from facts beside the rows. */
export interface Consequences {
  /** The process answers (again) and takes prompts. */
  ready: boolean;
  turnStarted: boolean;
  turnEnded: boolean;
  filesMayHaveChanged: boolean;
  /** The turn failed for a reason that needs the user: the worker is to be ended with it. */
  failed: { code: NonNullable<Worker['endCode']>; reason: string } | null;
}

/** A window that is this full, in percent, is worth a warning: the CLI will compact by itself soon. */
const fullContextPercent = 90;

/** Tokens a model's window holds, as far as its name tells. */
function contextWindow(model: string | null): number {
  return model?.includes('[1m]') ? 1_000_000 : 200_000;
}

/**
 * Turns facts into rows: the worker's state, conversation, approvals, tokens and cost. Runs inside the transaction that
 * also moves the offset the facts were read at. Gives the changed worker row, not yet kept, and what is to follow.
 */
export function applyFacts(
  deps: { store: WorkerStore; conversations: Conversations; approvals: ApprovalHooks },
  input: { worker: Worker; run: Run; facts: readonly ClaudeFact[]; source: string; now: number },
): { worker: Worker; run: Partial<Run>; consequences: Consequences } {
  const { store, conversations, approvals } = deps;
  const { run, source, now } = input;
  let worker = input.worker;
  const runChanges: Partial<Run> = {};
  const consequences: Consequences = {
    ready: false,
    turnStarted: false,
    turnEnded: false,
    filesMayHaveChanged: false,
    failed: null,
  };
  let tokensChanged = false;

  /** The state that the run's waiting approvals ask for, or `otherwise`. */
  function settleState(otherwise: 'working' | 'idle', evidence: string): void {
    const waiting = approvals.firstWaiting(run.id);
    if (waiting)
      worker = withState(worker, 'waiting', evidence, now, waiting.kind === 'tool' ? 'approval' : waiting.kind);
    else worker = withState(worker, otherwise, evidence, now);
  }

  function spend(costUsd: number): void {
    worker = { ...worker, usage: { ...worker.usage, costUsd: Math.max(0, worker.usage.costUsd + costUsd) } };
  }

  /** The process's own total: it takes the place of what was estimated since the last one. */
  function addCost(totalUsd: number): void {
    const seen = runChanges.costSeen ?? run.costSeen;
    const pending = runChanges.costPending ?? run.costPending;
    const grown = totalUsd >= seen ? totalUsd - seen : totalUsd;
    runChanges.costSeen = totalUsd;
    runChanges.costPending = 0;
    // A total that does not know of what was just spent (its process was killed before it wrote it) takes nothing back.
    if (grown > 0 || pending === 0) spend(grown - pending);
  }

  function estimateCost(added: MessageTokens, model: string | null): void {
    const costUsd = estimateCostUsd(added, model ?? worker.model);
    runChanges.costPending = (runChanges.costPending ?? run.costPending) + costUsd;
    spend(costUsd);
  }

  function estimateContext(tokens: MessageTokens, model: string | null): void {
    const held = tokens.inputTokens + tokens.cacheReadTokens + tokens.cacheWriteTokens + tokens.outputTokens;
    setContext(Math.min(100, (100 * held) / contextWindow(model ?? worker.model)), held);
  }

  function setContext(percent: number, tokens: number | null): void {
    worker = { ...worker, contextPercent: Math.round(percent), contextTokens: tokens ?? worker.contextTokens };
    worker =
      percent >= fullContextPercent
        ? withTrouble(
            worker,
            {
              kind: 'context',
              text: `Its context is ${Math.round(percent)} % full.`,
              fix: 'Compact it, or let the CLI do so by itself when it is full.',
            },
            now,
          )
        : withoutTroubles(worker, 'context');
  }

  /** The API answers again. */
  function endRetrying(): void {
    if (worker.retry)
      worker = { ...withoutTroubles(worker, 'retry'), retry: null, health: 'healthy', healthReason: null };
  }

  function apply(fact: ClaudeFact): void {
    switch (fact.type) {
      case 'ready':
        consequences.ready = true;
        worker = { ...worker, claudeVersion: fact.version ?? worker.claudeVersion };
        if (worker.state === 'starting') settleState('idle', `${source}: ready`);
        return;
      case 'turn-started':
        worker = {
          ...worker,
          model: fact.model ?? worker.model,
          claudeVersion: fact.version ?? worker.claudeVersion,
          activity: { text: 'Thinking', tool: null, at: now },
        };
        worker = withoutTroubles(worker, 'failed', 'stall');
        consequences.turnStarted = true;
        settleState('working', `${source}: turn started`);
        return;
      case 'activity-state':
        if (fact.state === 'running') settleState('working', `${source}: running`);
        if (fact.state === 'idle') {
          approvals.endTurn(run.id);
          worker = withState({ ...worker, activity: null }, 'idle', `${source}: idle`, now);
        }
        return;
      case 'session-changed':
        worker = { ...worker, sessionId: fact.sessionId };
        conversations.add(worker.id, {
          kind: 'notice',
          level: 'info',
          text: 'The conversation was cleared and goes on as a new session.',
          at: now,
          parentToolUseId: null,
        });
        return;
      case 'partial-text':
        conversations.setPartial(worker.id, fact.text);
        return;
      case 'prompt':
        addPrompt(fact.text, fact.at ?? now);
        return;
      case 'text':
        conversations.add(worker.id, {
          kind: 'text',
          text: fact.text,
          at: fact.at ?? now,
          parentToolUseId: fact.parentToolUseId,
        });
        if (fact.parentToolUseId === null) worker = withPreview(worker, fact.text);
        return;
      case 'thinking':
        conversations.add(worker.id, {
          kind: 'thinking',
          text: fact.text,
          at: fact.at ?? now,
          parentToolUseId: fact.parentToolUseId,
        });
        return;
      case 'tool-announced':
        worker = {
          ...worker,
          activity: { text: describeTool(fact.toolName, fact.input), tool: fact.toolName, at: now },
        };
        settleState('working', `${source}: uses ${fact.toolName}`);
        return;
      case 'tool-reported':
        approvals.settleInTerminal(run.id, fact.toolName);
        if (changesFiles(fact.toolName)) consequences.filesMayHaveChanged = true;
        settleState('working', `${source}: ${fact.toolName} ended`);
        return;
      case 'tool-started': {
        if (store.toolMessage(worker.id, fact.toolUseId)) return;
        conversations.add(worker.id, {
          kind: 'tool',
          toolUseId: fact.toolUseId,
          name: fact.name,
          input: fact.input,
          state: 'running',
          output: null,
          durationMs: null,
          at: fact.at ?? now,
          parentToolUseId: fact.parentToolUseId,
        });
        const text = describeTool(fact.name, fact.input);
        worker = withPreview(worker, text);
        if (run.kind === 'headless') worker = { ...worker, activity: { text, tool: fact.name, at: fact.at ?? now } };
        return;
      }
      case 'tool-ended': {
        const message = store.toolMessage(worker.id, fact.toolUseId);
        if (message?.kind !== 'tool' || message.state !== 'running') return;
        const denied = fact.failed && approvals.wasDenied(run.id, fact.toolUseId);
        conversations.update({
          ...message,
          state: fact.failed ? (denied ? 'denied' : 'failed') : 'done',
          output: fact.output,
          durationMs: Math.max(0, (fact.at ?? now) - message.at),
        });
        if (changesFiles(message.name)) consequences.filesMayHaveChanged = true;
        if (run.kind === 'headless') worker = { ...worker, activity: { text: 'Thinking', tool: null, at: now } };
        return;
      }
      case 'tokens':
        estimateCost(store.countTokens(worker.id, fact.messageId, fact.tokens, fact.model), fact.model);
        tokensChanged = true;
        endRetrying();
        // A headless worker is asked for its context after each turn, which knows better.
        if (run.kind === 'interactive') estimateContext(fact.tokens, fact.model);
        if (fact.model && worker.model === null) worker = { ...worker, model: fact.model };
        return;
      case 'permission-asked':
        approvals.open({ workerId: worker.id, projectId: worker.projectId, runId: run.id, ...fact });
        worker = {
          ...worker,
          activity: { text: describeTool(fact.toolName, fact.input), tool: fact.toolName, at: now },
        };
        settleState('working', `${source}: permission asked`);
        return;
      case 'permission-cancelled':
        approvals.cancel({ runId: run.id, requestId: fact.requestId });
        settleState('working', `${source}: request taken back`);
        return;
      case 'retrying': {
        const seconds = Math.max(1, Math.round(fact.delayMs / 1000));
        const why = fact.status === null ? 'no connection' : `API error ${fact.status}`;
        const text = `${why}, trying again in ${seconds} s (${fact.attempt} of ${fact.attempts})`;
        worker = withTrouble(
          {
            ...worker,
            activity: { text, tool: null, at: now },
            health: 'degraded',
            healthReason: text,
            retry: {
              status: fact.status,
              error: fact.error,
              attempt: fact.attempt,
              attempts: fact.attempts,
              nextAt: now + fact.delayMs,
            },
          },
          {
            kind: 'retry',
            text: `The API does not answer: ${why}. Claude tries again by itself.`,
            fix: 'Wait, or interrupt the turn.',
          },
          now,
        );
        if (fact.attempt === 1)
          conversations.add(worker.id, { kind: 'notice', level: 'warning', text, at: now, parentToolUseId: null });
        // The CLI would repeat a refused credential for minutes, which cannot help.
        if (fact.status === 401) {
          consequences.failed = {
            code: 'AUTH',
            reason:
              'The API refused the credential with 401. Run "claude" once and log in, or set a valid ANTHROPIC_API_KEY, then resume.',
          };
        }
        return;
      }
      case 'compacting':
        worker = { ...worker, activity: { text: 'Compacting the conversation', tool: null, at: now } };
        return;
      case 'compacted':
        worker = {
          ...worker,
          activity: null,
          compactions: {
            count: worker.compactions.count + 1,
            tokensSaved:
              worker.compactions.tokensSaved +
              Math.max(0, fact.before !== null && fact.after !== null ? fact.before - fact.after : 0),
          },
        };
        if (fact.after !== null) setContext((100 * fact.after) / contextWindow(worker.model), fact.after);
        conversations.add(worker.id, {
          kind: 'notice',
          level: 'info',
          text:
            fact.before && fact.after
              ? `The conversation was compacted from ${fact.before} to ${fact.after} tokens.`
              : 'The conversation was compacted.',
          at: now,
          parentToolUseId: null,
        });
        return;
      case 'turn-ended':
        endTurn(fact);
        return;
      case 'context':
        setContext(fact.percent, fact.tokens);
        return;
      case 'cost':
        // Before its first turn a resumed process tells what earlier ones have cost: that is counted already.
        if (run.kind === 'headless') runChanges.costSeen = fact.totalUsd;
        else addCost(fact.totalUsd);
        return;
      case 'control-failed':
      case 'session-ended':
        return;
    }
  }

  function addPrompt(text: string, at: number): void {
    const same = (a: string, b: string) => a.replace(/\s+/g, ' ').trim() === b.replace(/\s+/g, ' ').trim();
    const own = store.awaitingEcho(worker.id).find((message) => message.kind === 'prompt' && same(message.text, text));
    if (own) {
      store.setAwaitsEcho(worker.id, own.id, false);
      return;
    }
    conversations.add(worker.id, { kind: 'prompt', text, delivery: 'sent', at, parentToolUseId: null });
  }

  function endTurn(fact: Extract<ClaudeFact, { type: 'turn-ended' }>): void {
    if (fact.totalCostUsd !== null) addCost(fact.totalCostUsd);
    endRetrying();
    const used = usedByTurn(fact);
    conversations.setPartial(worker.id, '');
    conversations.add(worker.id, {
      kind: 'turn',
      outcome: fact.outcome,
      text: fact.problem?.sentence ?? null,
      ...used,
      at: now,
      parentToolUseId: null,
    });
    approvals.endTurn(run.id);
    consequences.turnEnded = true;
    consequences.filesMayHaveChanged = true;
    worker = {
      ...withState(worker, 'idle', `${source}: turn ${fact.outcome}`, now),
      turns: worker.turns + 1,
      activity: fact.problem ? { text: fact.problem.sentence, tool: null, at: now } : null,
      health: fact.problem ? 'unhealthy' : 'healthy',
      healthReason: fact.problem?.sentence ?? null,
      recovery: fact.problem ? worker.recovery : { ...worker.recovery, attempts: 0 },
    };
    worker = withoutTroubles(worker, 'stall');
    if (fact.problem && run.kind === 'interactive') {
      const { code, sentence } = fact.problem;
      const kind = code === 'AUTH' || code === 'NOT_LOGGED_IN' ? 'login' : 'failed';
      worker = withTrouble(worker, { kind, text: sentence, fix: 'Say something to it to try again.' }, now);
    } else if (!fact.problem) worker = withoutTroubles(worker, 'login', 'failed');
    if (fact.problem && run.kind === 'headless')
      consequences.failed = { code: fact.problem.code, reason: fact.problem.sentence };
  }

  /** What the turn that ends now took: what the worker used beyond the turns before it. */
  function usedByTurn(fact: Extract<ClaudeFact, { type: 'turn-ended' }>) {
    const sums = store.tokenSums(worker.id);
    const before = store.usedByTurns(worker.id);
    const startedAt = store.lastPromptAt(worker.id);
    return {
      durationMs: fact.durationMs ?? (startedAt === undefined ? null : Math.max(0, now - startedAt)),
      costUsd: Math.max(0, worker.usage.costUsd - before.costUsd),
      inputTokens: Math.max(0, sums.inputTokens + sums.cacheReadTokens + sums.cacheWriteTokens - before.inputTokens),
      outputTokens: Math.max(0, sums.outputTokens - before.outputTokens),
    };
  }

  for (const fact of input.facts) apply(fact);
  if (tokensChanged) worker = { ...worker, usage: { ...worker.usage, ...store.tokenSums(worker.id) } };
  if (input.facts.length > 0) worker = { ...worker, lastActivityAt: now };
  return { worker, run: runChanges, consequences };
}
