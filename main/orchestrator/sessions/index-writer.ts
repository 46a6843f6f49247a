import { recordRoles } from '../../../shared/record-roles.ts';
import { estimateCostUsd } from '../claude/prices.ts';
import type { Database } from '../database/database.ts';
import { type Entry, searchableText, type TranscriptLine } from './read-line.ts';
import { newSessionFacts, type SessionFacts } from './session-facts.ts';

/** Sessions whose facts are kept at hand. */
const keptSessions = 500;

/** Files and unfinished tool calls remembered of one session: a broken transcript must not grow a row without end. */
const maxFiles = 2000;
const maxOpen = 1000;
const maxTools = 500;

/** Tools that change the file they name. */
const editors = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit']);

interface Kept {
  facts: SessionFacts;
  changed: boolean;
  /** The newest message and its counts: its further blocks repeat them. */
  counted: string;
}

/** Turns lines of transcripts into rows of the index. Each call has to stand in a transaction that ends with `settle`. */
export function createIndexWriter(database: Database) {
  const sessions = new Map<number, Kept>();
  const ids = new Map<string, number>();
  let nextRecord = (database.get<{ id: number | null }>('SELECT max(id) AS id FROM records')?.id ?? 0) + 1;
  let revision =
    database.get<{ revision: number | null }>('SELECT max(revision) AS revision FROM sessions')?.revision ?? 0;

  function sessionNumber(sessionId: string): number {
    const known = ids.get(sessionId);
    if (known !== undefined) return known;
    let id = database.get<{ id: number }>('SELECT id FROM sessions WHERE session_id = ?', sessionId)?.id;
    if (id === undefined) {
      id = database.run(
        "INSERT INTO sessions (session_id, revision, skipped, facts) VALUES (?, 0, 0, '')",
        sessionId,
      ).lastInsertRowid;
      sessions.set(id, { facts: newSessionFacts(), changed: true, counted: '' });
    }
    ids.set(sessionId, id);
    return id;
  }

  function factsOf(session: number): Kept {
    let kept = sessions.get(session);
    if (!kept) {
      const stored = database.get<{ facts: string }>('SELECT facts FROM sessions WHERE id = ?', session)?.facts;
      kept = { facts: stored ? (JSON.parse(stored) as SessionFacts) : newSessionFacts(), changed: false, counted: '' };
      sessions.set(session, kept);
    }
    return kept;
  }

  function countTokens(
    session: number,
    facts: SessionFacts,
    tokens: NonNullable<TranscriptLine['tokens']>,
    at: number,
  ) {
    const before = database.get<{ i: number; o: number; r: number; w: number; cost: number; copied: number }>(
      `SELECT input_tokens AS i, output_tokens AS o, cache_read_tokens AS r, cache_write_tokens AS w, cost_usd AS cost, copied
       FROM usage WHERE message_id = ? AND session = ?`,
      tokens.messageId,
      session,
    );
    // Blocks of one message repeat its counts; only the last ones are final.
    const now = {
      inputTokens: Math.max(tokens.tokens.inputTokens, before?.i ?? 0),
      outputTokens: Math.max(tokens.tokens.outputTokens, before?.o ?? 0),
      cacheReadTokens: Math.max(tokens.tokens.cacheReadTokens, before?.r ?? 0),
      cacheWriteTokens: Math.max(tokens.tokens.cacheWriteTokens, before?.w ?? 0),
    };
    const cost = estimateCostUsd(now, tokens.model);
    let copied = before?.copied === 1;
    if (before) {
      if (now.inputTokens === before.i && now.outputTokens === before.o && cost === before.cost) return;
      database.run(
        `UPDATE usage SET input_tokens = ?, output_tokens = ?, cache_read_tokens = ?, cache_write_tokens = ?, cost_usd = ?
         WHERE message_id = ? AND session = ?`,
        now.inputTokens,
        now.outputTokens,
        now.cacheReadTokens,
        now.cacheWriteTokens,
        cost,
        tokens.messageId,
        session,
      );
    } else {
      const owner = database.get<{ session_id: string }>(
        'SELECT session_id FROM usage JOIN sessions ON sessions.id = usage.session WHERE message_id = ? AND copied = 0',
        tokens.messageId,
      );
      copied = owner !== undefined;
      if (owner) {
        facts.forkedFrom ??= owner.session_id;
        facts.copying = true;
        // What looked like the first prompt of its own was taken over too.
        if (facts.forkPlace > 0)
          database.run('UPDATE records SET boundary = NULL WHERE session = ? AND place = ?', session, facts.forkPlace);
        facts.forkPlace = 0;
      }
      database.run(
        'INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        tokens.messageId,
        session,
        facts.turns,
        at,
        tokens.model,
        now.inputTokens,
        now.outputTokens,
        now.cacheReadTokens,
        now.cacheWriteTokens,
        cost,
        copied ? 1 : 0,
      );
    }
    if (copied) return;
    facts.usage.inputTokens += now.inputTokens - (before?.i ?? 0);
    facts.usage.outputTokens += now.outputTokens - (before?.o ?? 0);
    facts.usage.cacheReadTokens += now.cacheReadTokens - (before?.r ?? 0);
    facts.usage.cacheWriteTokens += now.cacheWriteTokens - (before?.w ?? 0);
    facts.usage.costUsd += cost - (before?.cost ?? 0);
  }

  /** Writes down where the present turn ends, as far as it is known. */
  function keepTurn(session: number, facts: SessionFacts): void {
    if (facts.turns > 0)
      database.run(
        'INSERT INTO turns VALUES (?, ?, ?) ON CONFLICT (session, turn) DO UPDATE SET last_place = excluded.last_place',
        session,
        facts.turns,
        facts.lastPlace,
      );
  }

  function add(session: number, facts: SessionFacts, entry: Entry, agent: string | null, at: number | null): void {
    const id = nextRecord;
    nextRecord += 1;
    facts.records += 1;
    const place = facts.records;
    let { tool, path, boundary } = entry;
    if (entry.role === 'tool' && tool !== null && entry.toolUseId !== null) {
      const known = ownValue(facts.tools, tool);
      if (known !== undefined || Object.keys(facts.tools).length < maxTools) facts.tools[tool] = (known ?? 0) + 1;
      if (path && editors.has(tool) && facts.files.length < maxFiles && !facts.files.includes(path))
        facts.files.push(path);
      if (Object.keys(facts.open).length < maxOpen && entry.toolUseId !== '__proto__')
        facts.open[entry.toolUseId] = [tool, path];
    }
    if (entry.role === 'result' && entry.toolUseId !== null) {
      [tool, path] = ownValue(facts.open, entry.toolUseId) ?? [null, null];
      delete facts.open[entry.toolUseId];
    }
    if (entry.role === 'user' || entry.role === 'assistant') facts.messages += 1;
    if (entry.prompt && agent === null) {
      keepTurn(session, facts);
      facts.turns += 1;
      if (facts.processEnded) boundary = 'resumed';
      facts.processEnded = false;
      if (facts.copying && facts.forkPlace === 0) {
        boundary = 'forked';
        facts.forkPlace = place;
      }
      facts.titles.prompt ??= entry.text.replace(/\s+/g, ' ').trim().slice(0, 200);
    }
    if (entry.boundary === 'compacted') facts.compactions += 1;
    if (facts.firstId === 0) facts.firstId = id;
    facts.lastId = id;
    if (agent === null) facts.lastPlace = place;
    database.run(
      'INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      id,
      session,
      place,
      recordRoles.indexOf(entry.role),
      at,
      tool,
      entry.toolUseId,
      agent,
      entry.failed ? 1 : 0,
      boundary,
      path,
      entry.text,
    );
    if (entry.searchable) {
      database.run('INSERT INTO words (rowid, text) VALUES (?, ?)', id, entry.searchable);
      database.run('INSERT INTO trigrams (rowid, text) VALUES (?, ?)', id, entry.searchable);
    }
  }

  /** Keeps which tool call started a sub-agent; null: not known yet. */
  function linkAgent(session: number, agent: string, toolUseId: string | null): void {
    const kept = factsOf(session);
    if (!kept.facts.agents.includes(agent)) {
      kept.facts.agents.push(agent);
      kept.changed = true;
    }
    if (toolUseId !== null) database.run('INSERT OR IGNORE INTO agents VALUES (?, ?, ?)', session, agent, toolUseId);
  }

  function removeRecords(session: number): void {
    for (const { id, role, text } of database.all<{ id: number; role: number; text: string }>(
      'SELECT id, role, text FROM records WHERE session = ?',
      session,
    )) {
      const searchable = searchableText(recordRoles[role] ?? 'system', text);
      if (!searchable) continue;
      database.run("INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)", id, searchable);
      database.run("INSERT INTO trigrams (trigrams, rowid, text) VALUES ('delete', ?, ?)", id, searchable);
    }
    for (const table of ['records', 'agents', 'turns']) database.run(`DELETE FROM ${table} WHERE session = ?`, session);
  }

  return {
    sessionNumber,
    /** Takes in a line. `clock` is the newest time its file has told, for lines that tell none. */
    take(file: { session: number; agent: string | null }, line: TranscriptLine | undefined, clock: number): void {
      const kept = factsOf(file.session);
      const { facts } = kept;
      kept.changed = true;
      if (!line) {
        facts.skipped += 1;
        return;
      }
      if (line.unknown) facts.unknown += 1;
      const at = line.at ?? (clock || null);
      if (file.agent === null) {
        facts.cwd ??= line.cwd;
        facts.branch = line.branch ?? facts.branch;
        facts.version = line.version ?? facts.version;
        facts.model = line.model ?? facts.model;
      }
      if (line.title) facts.titles[line.title.kind] = line.title.text;
      for (const entry of line.entries) add(file.session, facts, entry, file.agent, at);
      if (line.entries.length > 0 && at !== null) {
        if (facts.startedAt === 0 || at < facts.startedAt) facts.startedAt = at;
        if (at > facts.lastAt) facts.lastAt = at;
      }
      if (line.tokens) {
        const counted = JSON.stringify(line.tokens);
        if (counted !== kept.counted) countTokens(file.session, facts, line.tokens, at ?? 0);
        kept.counted = counted;
      }
      if (line.agent) linkAgent(file.session, line.agent.id, line.agent.toolUseId);
      if (line.processEnded && file.agent === null) facts.processEnded = facts.records > 0;
    },
    linkAgent,
    /** Whether a session's transcripts are all deleted. */
    setGone(session: number, gone: boolean): void {
      const kept = factsOf(session);
      if (kept.facts.gone === gone) return;
      kept.facts.gone = gone;
      kept.changed = true;
    },
    /** Forgets all that was read of a session: its transcript was written anew. */
    forget(session: number): void {
      removeRecords(session);
      database.run('DELETE FROM usage WHERE session = ?', session);
      database.run('UPDATE files SET offset = 0, last_at = 0 WHERE session = ?', session);
      sessions.set(session, { facts: newSessionFacts(), changed: true, counted: '' });
    },
    /** Removes what a session said for good. What it cost was spent all the same: tokens and the folder stay. */
    purge(session: number): void {
      const { cwd, usage } = factsOf(session).facts;
      removeRecords(session);
      database.run('DELETE FROM files WHERE session = ?', session);
      sessions.set(session, { facts: { ...newSessionFacts(), cwd, usage, gone: true }, changed: true, counted: '' });
    },
    /** Writes the facts of sessions that have changed: the last thing in a transaction. */
    settle(): void {
      let changed = false;
      for (const [id, kept] of sessions) {
        if (!kept.changed) continue;
        if (!changed) revision += 1;
        changed = true;
        kept.changed = false;
        keepTurn(id, kept.facts);
        database.run(
          'UPDATE sessions SET revision = ?, skipped = ?, facts = ? WHERE id = ?',
          revision,
          kept.facts.skipped,
          JSON.stringify(kept.facts),
          id,
        );
      }
      if (sessions.size > keptSessions) sessions.clear();
      if (ids.size > 20 * keptSessions) ids.clear();
    },
  };
}

/** A transcript may name a tool "constructor". */
function ownValue<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
