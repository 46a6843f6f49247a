import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { script } from '../../main/testing/scripted-model.ts';

export interface Call {
  toolName: string;
  input: Record<string, unknown>;
}

export interface Outcome {
  /** What the CLI did with the call: ran it unasked, asked for it, or refused it by itself. */
  decision: 'allow' | 'ask' | 'deny';
  /** What the CLI said: why it asked, or the tool's result. */
  detail: string;
}

/** The most calls of one session: each is a turn's step, and a conversation that grows long grows slow. */
const callsOfOneSession = 40;

/**
 * Makes calls in the real CLI, a few sessions one after the other, and tells what became of each. A call that is asked
 * for is denied. The model is a scripted one at `environment.ANTHROPIC_BASE_URL`.
 */
export async function makeRealCalls(input: {
  claude: string;
  args: string[];
  cwd: string;
  environment: Record<string, string>;
  calls: readonly Call[];
}): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let start = 0; start < input.calls.length; start += callsOfOneSession) {
    outcomes.push(...(await oneSession({ ...input, calls: input.calls.slice(start, start + callsOfOneSession) })));
  }
  return outcomes;
}

interface Line {
  type: string;
  request_id?: string;
  request?: { subtype: string; tool_use_id: string; decision_reason?: string; decision_reason_type?: string };
  message?: {
    content:
      | string
      | { type: string; id?: string; tool_use_id?: string; is_error?: boolean; content?: unknown; text?: string }[];
  };
  permission_denials?: { tool_use_id: string }[];
  errors?: string[];
  result?: string;
}

function oneSession(input: Parameters<typeof makeRealCalls>[0]): Promise<Outcome[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      input.claude,
      [
        ...['--print', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'],
        ...['--permission-prompt-tool', 'stdio', '--model', 'claude-sonnet-4-5', '--setting-sources', 'user'],
        '--strict-mcp-config',
        ...input.args,
      ],
      { cwd: input.cwd, env: input.environment, stdio: ['pipe', 'pipe', 'pipe'] },
    );
    const made: string[] = [];
    const asked = new Map<string, string>();
    const results = new Map<string, { text: string; isError: boolean }>();
    let denied = new Set<string>();
    let ended: string | undefined;
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('error', reject);
    child.on('close', () => {
      if (ended === undefined) return reject(new Error(`claude ended before its turn did: ${errors.slice(-2000)}`));
      if (made.length !== input.calls.length)
        return reject(new Error(`${made.length} of ${input.calls.length} calls were made: ${ended}`));
      resolve(made.map(outcomeOf));
    });

    function outcomeOf(id: string): Outcome {
      const reason = asked.get(id);
      const result = results.get(id);
      if (reason !== undefined) return { decision: 'ask', detail: reason };
      const refused = denied.has(id) || (result?.isError && isRefusal(result.text));
      return { decision: refused ? 'deny' : 'allow', detail: result?.text ?? 'no result' };
    }

    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as Line;
      if (line.type === 'control_request' && line.request?.subtype === 'can_use_tool') {
        asked.set(line.request.tool_use_id, line.request.decision_reason ?? line.request.decision_reason_type ?? '');
        const response = { behavior: 'deny', message: 'denied by the test' };
        child.stdin.write(
          `${JSON.stringify({ type: 'control_response', response: { subtype: 'success', request_id: line.request_id, response } })}\n`,
        );
      }
      const content = line.message?.content;
      if (Array.isArray(content)) {
        for (const block of content) {
          if (line.type === 'assistant' && block.type === 'tool_use' && block.id) made.push(block.id);
          if (line.type === 'user' && block.type === 'tool_result' && block.tool_use_id)
            results.set(block.tool_use_id, { text: wordsOf(block.content), isError: block.is_error === true });
        }
      }
      if (line.type === 'result') {
        ended = line.errors?.join(' ') ?? line.result ?? 'said nothing';
        denied = new Set(line.permission_denials?.map((denial) => denial.tool_use_id));
        child.stdin.end();
      }
    });
    const steps = input.calls.map(({ toolName, input: tool }) => ({ tools: [{ name: toolName, input: tool }] }));
    const prompt = `Go ${script(steps)}`;
    child.stdin.write(`${JSON.stringify({ type: 'user', message: { role: 'user', content: prompt } })}\n`);
  });
}

/** A tool that was taken away is not known at all; others are refused in words. */
function isRefusal(text: string): boolean {
  return /No such tool available|has been denied|permission to use|was blocked|is not allowed|denied by your permission settings/i.test(
    text,
  );
}

function wordsOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((block: { text?: string }) => block.text ?? '').join('\n');
}
