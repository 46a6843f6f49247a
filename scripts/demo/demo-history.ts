import { randomUUID } from 'node:crypto';
import { type OllamaServer, startOllamaServer } from '../../main/testing/ollama-server.ts';
import { writeTranscript } from '../../main/testing/transcripts.ts';
import type { Session } from '../../shared/sessions.ts';
import type { Room } from '../room.ts';

/** What the sample repository's people said to Claude Code before the demonstration began, outside of Control Room. */
interface Earlier {
  title: string | null;
  daysAgo: number;
  branch: string;
  model: string;
  turns: { ask: string; thinking?: string; tools?: [name: string, input: object, output: string][]; answer: string }[];
}

const dayMs = 86_400_000;

const earlier: Earlier[] = [
  {
    title: 'Rotate signing secrets without an outage',
    daysAgo: 1,
    branch: 'secret-rotation',
    model: 'claude-opus-4-5',
    turns: [
      {
        ask: 'A receiver wants to change its signing secret. How do we rotate it without losing deliveries?',
        thinking: 'Both secrets have to hold for a while. Where is the secret read?',
        tools: [
          ['Grep', { pattern: 'secret', path: 'src' }, 'src/sign.js\nsrc/deliver.js'],
          [
            'Read',
            { file_path: 'src/deliver.js' },
            'export async function deliver(url, event, secret, post = fetch) {',
          ],
        ],
        answer:
          'Deliveries carry one signature now. For a rotation they should carry **two** for 24 hours: one made with the old secret, one with the new one.\n\n- `deliver()` takes a list of secrets\n- the header holds all signatures, comma-separated\n- a receiver accepts any of them',
      },
      {
        ask: 'Good. Do it, and keep the old secret valid for 24 hours.',
        tools: [
          [
            'Edit',
            {
              file_path: 'src/deliver.js',
              old_string: "headers: { 'x-signature': sign(body, secret) },",
              new_string: "headers: { 'x-signature': secrets.map((secret) => sign(body, secret)).join(',') },",
            },
            'The file src/deliver.js has been updated.',
          ],
          ['Bash', { command: 'npm test', description: 'Run all tests' }, '# tests 6\n# pass 6\n# fail 0'],
        ],
        answer:
          'Done: both signatures are sent for 24 hours, and all six tests pass. What is still missing is a test of the moment at which the old secret ends.',
      },
      {
        ask: 'Where do we note when a secret was replaced?',
        answer:
          'In the receiver’s row: `secretReplacedAt`. I decided against a table of its own, because nobody asks for older secrets than the last one.',
      },
    ],
  },
  {
    title: 'Why deliveries pile up at night',
    daysAgo: 2,
    branch: 'main',
    model: 'claude-sonnet-4-5',
    turns: [
      {
        ask: 'Between two and three in the morning deliveries pile up. Find out why.',
        tools: [
          [
            'Bash',
            { command: 'git log --since=1.month --oneline -- src/retry.js', description: 'What changed' },
            '3f1c9aa Retry with fixed waits',
          ],
        ],
        answer:
          'All receivers are retried at the same moment: the waits are fixed, so an outage of an hour comes back as one wave. A little chance in each wait spreads them out.',
      },
    ],
  },
  {
    title: null,
    daysAgo: 2,
    branch: 'main',
    model: 'claude-haiku-4-5',
    turns: [
      {
        ask: 'What does the x-signature header hold?',
        answer: 'The HMAC-SHA256 of the body as hexadecimal digits, made with the receiver’s secret.',
      },
    ],
  },
  {
    title: 'Release notes for 1.3',
    daysAgo: 4,
    branch: 'main',
    model: 'claude-sonnet-4-5',
    turns: [
      {
        ask: 'Write release notes for 1.3 out of the commits since 1.2.',
        answer: '## 1.3\n\n- Retries wait 1, 5 and 25 seconds\n- A receiver that answers 410 is not called again',
      },
    ],
  },
  {
    title: 'Try a queue of our own',
    daysAgo: 9,
    branch: 'own-queue',
    model: 'claude-opus-4-5',
    turns: [
      {
        ask: 'Would a queue in the database be better than one in memory?',
        answer:
          'Yes where deliveries must survive a restart. It costs one write for each attempt; at your rate that is nothing.',
      },
    ],
  },
  {
    title: 'Scratch: regex for receiver addresses',
    daysAgo: 12,
    branch: 'main',
    model: 'claude-haiku-4-5',
    turns: [
      {
        ask: 'A regex that accepts only https addresses with a host name?',
        answer: 'Use `new URL()` and look at `protocol` and `hostname`: a regex will miss something.',
      },
    ],
  },
];

function linesOf({ title, daysAgo, branch, model, turns }: Earlier, sessionId: string, cwd: string): string[] {
  let at = Date.now() - daysAgo * dayMs - 3_600_000;
  const lines: string[] = [];
  const add = (record: object): void => {
    at += 9000;
    const common = { sessionId, cwd, gitBranch: branch, version: '2.1.329', isSidechain: false, userType: 'external' };
    lines.push(JSON.stringify({ ...common, uuid: randomUUID(), timestamp: new Date(at).toISOString(), ...record }));
  };
  if (title) lines.push(JSON.stringify({ type: 'summary', summary: title, leafUuid: randomUUID() }));
  turns.forEach(({ ask, thinking, tools = [], answer }, turn) => {
    add({ type: 'user', message: { role: 'user', content: ask } });
    let message = 0;
    const said = (block: object): void => {
      message += 1;
      add({
        type: 'assistant',
        message: {
          id: `msg_${sessionId}_${turn}_${message}`,
          role: 'assistant',
          model,
          content: [block],
          usage: {
            input_tokens: 900 + 300 * message,
            output_tokens: 120 + 90 * message,
            cache_read_input_tokens: 14_000 * (turn + 1),
            cache_creation_input_tokens: 1200,
          },
        },
      });
    };
    if (thinking) said({ type: 'thinking', thinking, signature: 'demo' });
    tools.forEach(([name, input, output], index) => {
      const id = `toolu_${sessionId}_${turn}_${index}`;
      said({ type: 'tool_use', id, name, input });
      add({
        type: 'user',
        message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: output }] },
      });
    });
    said({ type: 'text', text: answer });
  });
  return lines;
}

export interface DemoHistory {
  /** The session that was compressed. */
  session: Session;
  /** A terminal whose view is shared. */
  terminalId: string;
  /** What opens it, of a link. */
  shareToken: string;
  close(): Promise<void>;
}

/**
 * Gives a demonstration a past: sessions of the last two weeks, of which one was compressed, one deleted and some marked; a kept
 * search and a kept context; terminals, one of them shared; and a stand-in for Ollama with its models.
 */
export async function fillHistory(room: Room, projectId: string): Promise<DemoHistory> {
  const ollama = await startOllamaServer({
    models: {
      'llama3.2:3b': {},
      'llama3.2:8b': { sizeBytes: 4_900_000_000 },
      'qwen2.5:14b': { sizeBytes: 9_000_000_000, contextTokens: 32_768 },
      'nomic-embed-text': { sizeBytes: 274_000_000 },
    },
  });
  try {
    return await fill(room, projectId, ollama);
  } catch (error) {
    await ollama.close();
    throw error;
  }
}

async function fill(room: Room, projectId: string, ollama: OllamaServer): Promise<DemoHistory> {
  ollama.setAnswer(() =>
    JSON.stringify({
      summary:
        'A receiver’s signing secret is to be replaced without losing deliveries. Deliveries now carry two signatures for 24 hours, one of the old and one of the new secret, and a receiver accepts either. All six tests pass.',
      topics: ['signing secrets', 'rotation', 'webhook deliveries', 'x-signature header'],
      decisions: [
        'The old secret stays valid for 24 hours.',
        'When a secret was replaced stands in the receiver’s row, because nobody asks for older secrets.',
      ],
      openPoints: ['A test of the moment at which the old secret ends is missing.'],
    }),
  );
  const claude = room.home.environment.CLAUDE_CONFIG_DIR ?? '';
  const ids = new Map<string, string>();
  for (const session of earlier) {
    const id = randomUUID();
    ids.set(session.title ?? '', id);
    await writeTranscript(claude, '-projects-webhooks', id, linesOf(session, id, room.repository));
  }
  await room.call('PATCH', '/api/settings', {
    ollamaPort: ollama.port,
    embeddingModel: 'nomic-embed-text',
    compressionModels: { fast: 'llama3.2:3b', balanced: 'llama3.2:8b', quality: 'qwen2.5:14b' },
  });
  const session = (title: string) => `/api/sessions/${ids.get(title)}`;
  for (const id of ids.values()) await found(room, id);
  const rotation = 'Rotate signing secrets without an outage';
  await room.call('PATCH', session(rotation), { pinned: true, tags: ['security'] });
  await room.call('PATCH', session('Why deliveries pile up at night'), { tags: ['incident', 'retries'] });
  await room.call('PATCH', session('Release notes for 1.3'), { archived: true });
  await room.call('DELETE', session('Scratch: regex for receiver addresses'));
  await room.call('POST', '/api/sessions/compress', { sessionId: ids.get(rotation) });
  await room.call('POST', '/api/searches', { name: 'Signatures', query: 'q=signature' });
  await room.call('POST', '/api/searches', { name: 'Expensive ones', query: 'cost=0.5' });
  await room.call('POST', '/api/contexts', {
    name: 'How secrets are rotated',
    parts: [{ sessionId: ids.get(rotation), indexes: null }],
    budgetTokens: 20_000,
  });
  const { id: terminalId } = await room.call<{ id: string }>('POST', '/api/terminals', { projectId });
  await room.call('POST', '/api/terminals', { projectId });
  await room.call('POST', `/api/terminals/${terminalId}/input`, { data: 'git log --oneline; ls -l\r' });
  const { token } = await room.call<{ token: string }>('POST', `/api/terminals/${terminalId}/shares`, {
    label: 'For the receiver’s people',
    maxUses: 5,
  });
  return {
    session: await room.call<Session>('GET', session(rotation)),
    terminalId,
    shareToken: token,
    close: () => ollama.close(),
  };
}

/** Resolves when the index has a session. */
async function found(room: Room, id: string): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    const sessions = await room.call<{ items: Session[] }>('GET', '/api/sessions?limit=500');
    if (sessions.items.some((session) => session.id === id)) return;
    if (Date.now() > until) throw new Error(`The index has not taken in ${id}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
