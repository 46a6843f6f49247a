import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One answer of the scripted model. A step past the end of a script answers "Done.". */
export interface ModelStep {
  text?: string;
  thinking?: string;
  tools?: { name: string; input: Record<string, unknown> }[];
  stop?: string;
  /** Milliseconds before the answer begins. */
  delay?: number;
  /** Milliseconds between pieces of text. */
  perTok?: number;
  usage?: { input_tokens?: number; cache_creation_input_tokens?: number; cache_read_input_tokens?: number };
  /** Output tokens at the end; 20 unless said. */
  out?: number;
  /** Answers with this error instead, the first `times` times (always, unless said). */
  err?: { status: number; type?: string; msg?: string; times?: number; headers?: Record<string, string> };
  /** Sends an error event in the middle of the stream. */
  midErr?: { type: string; message: string };
  /** Breaks the connection after the text. */
  cut?: boolean;
  /** Never ends the answer. */
  hang?: boolean;
}

export interface ModelRequest {
  at: number;
  /** `turn`: the conversation itself. `side`: what the CLI asks for itself, such as a title or a summary. */
  kind: 'turn' | 'side';
  sessionId: string | null;
  model: string;
  stream: boolean;
  messages: number;
  tools: number;
  step: number;
  /** What the messages hold as text, for a test that wants to see what the model was told. */
  text: string;
  /** The system prompt. */
  system: string;
  disconnected: boolean;
}

export interface ScriptedModel {
  /** `http://127.0.0.1:<port>`, for ANTHROPIC_BASE_URL. */
  url: string;
  requests: ModelRequest[];
  /** Settles with the first request, past or future, of which `matches` is true now or becomes true. */
  waitFor(matches: (request: ModelRequest) => boolean): Promise<ModelRequest>;
  close(): Promise<void>;
}

/** The part of a prompt that tells the scripted model how to answer it. */
export function script(steps: ModelStep[]): string {
  return `%%${JSON.stringify(steps)}%%`;
}

interface Message {
  role: string;
  content: string | { type: string; text?: string; content?: unknown }[];
}

interface Body {
  model: string;
  stream?: boolean;
  system?: Message['content'];
  messages: Message[];
  tools?: unknown[];
  output_config?: { format?: unknown };
}

/**
 * A stand-in for the Messages API on loopback: answers by the script that the last prompt with one carries between `%%`
 * marks. It keeps no state between requests (but for `err.times`), so parallel workers, resumes and forks just work.
 */
export async function startScriptedModel(
  options: {
    port?: number;
    /** Steps for a prompt that carries none, for a demonstration whose prompts are to be read by people. */
    plan?: (prompt: string) => ModelStep[] | undefined;
  } = {},
): Promise<ScriptedModel> {
  const requests: ModelRequest[] = [];
  const waiting = new Set<() => void>();
  const errorsGiven = new Map<string, number>();
  let lastId = 0;

  const server = createServer((request, response) => {
    readBody(request).then(
      (text) => answer(request, response, text),
      () => response.destroy(),
    );
  });

  function answer(request: IncomingMessage, response: ServerResponse, text: string): void {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'POST' || path !== '/v1/messages') {
      json(response, 200, path === '/v1/messages/count_tokens' ? { input_tokens: Math.ceil(text.length / 4) } : {});
      return;
    }
    const body = JSON.parse(text) as Body;
    const { script, step } = findStep(body.messages, options.plan);
    const side = sideAnswer(body);
    const logged: ModelRequest = {
      at: Date.now(),
      kind: side ? 'side' : 'turn',
      sessionId: textHeader(request.headers['x-claude-code-session-id']),
      model: body.model,
      stream: body.stream === true,
      messages: body.messages.length,
      tools: body.tools?.length ?? 0,
      step,
      text: body.messages.map(textOf).join('\n'),
      system: textOf({ role: 'system', content: body.system ?? '' }),
      disconnected: false,
    };
    requests.push(logged);
    response.on('close', () => {
      if (!response.writableFinished) logged.disconnected = true;
      for (const look of [...waiting]) look();
    });
    for (const look of [...waiting]) look();
    const planned = side ?? script?.[step] ?? { text: 'Done.' };
    if (planned.err && givesError(planned.err, `${JSON.stringify(script)}#${step}`)) {
      giveError(response, planned.err);
      return;
    }
    setTimeout(() => {
      if (response.destroyed) return;
      if (body.stream) void stream(response, body.model, planned);
      else whole(response, body.model, planned);
    }, planned.delay ?? 0);
  }

  function givesError(error: NonNullable<ModelStep['err']>, key: string): boolean {
    const given = errorsGiven.get(key) ?? 0;
    if (error.times !== undefined && given >= error.times) return false;
    errorsGiven.set(key, given + 1);
    return true;
  }

  function giveError(response: ServerResponse, { status, type, msg, headers }: NonNullable<ModelStep['err']>): void {
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
    json(response, status, {
      type: 'error',
      error: { type: type ?? errorTypes[status] ?? 'api_error', message: msg ?? `scripted ${status}` },
    });
  }

  function startOf(model: string, step: ModelStep) {
    lastId += 1;
    return {
      id: `msg_${lastId}`,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: {
        input_tokens: 100,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        ...step.usage,
        output_tokens: 1,
      },
    };
  }

  async function stream(response: ServerResponse, model: string, step: ModelStep): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': `req_${lastId + 1}` });
    const send = (type: string, data: object) =>
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    send('message_start', { message: startOf(model, step) });
    let index = 0;
    const block = async (start: object, deltas: object[]) => {
      send('content_block_start', { index, content_block: start });
      for (const delta of deltas) {
        send('content_block_delta', { index, delta });
        if (step.perTok) await new Promise((resolve) => setTimeout(resolve, step.perTok));
        if (response.destroyed) return;
      }
      send('content_block_stop', { index });
      index += 1;
    };
    if (step.thinking) {
      await block({ type: 'thinking', thinking: '', signature: '' }, [
        { type: 'thinking_delta', thinking: step.thinking },
        { type: 'signature_delta', signature: 'c2lnbmVk' },
      ]);
    }
    if (step.text) {
      const pieces = step.perTok ? (step.text.match(/\S+\s*/g) ?? [step.text]) : [step.text];
      await block(
        { type: 'text', text: '' },
        pieces.map((text) => ({ type: 'text_delta', text })),
      );
    }
    if (step.cut) return void response.destroy();
    if (step.midErr) {
      send('error', { error: step.midErr });
      return void response.end();
    }
    for (const tool of step.tools ?? []) {
      lastId += 1;
      await block({ type: 'tool_use', id: `toolu_${lastId}`, name: tool.name, input: {} }, [
        { type: 'input_json_delta', partial_json: JSON.stringify(tool.input) },
      ]);
    }
    if (step.hang || response.destroyed) return;
    send('message_delta', {
      delta: { stop_reason: stopOf(step), stop_sequence: null },
      usage: { output_tokens: step.out ?? 20 },
    });
    send('message_stop', {});
    response.end();
  }

  function whole(response: ServerResponse, model: string, step: ModelStep): void {
    const start = startOf(model, step);
    const content = [
      ...(step.text ? [{ type: 'text', text: step.text }] : []),
      ...(step.tools ?? []).map((tool) => {
        lastId += 1;
        return { type: 'tool_use', id: `toolu_${lastId}`, ...tool };
      }),
    ];
    json(response, 200, {
      ...start,
      content,
      stop_reason: stopOf(step),
      usage: { ...start.usage, output_tokens: step.out ?? 20 },
    });
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    waitFor: (matches) =>
      new Promise((resolve) => {
        const look = () => {
          const found = requests.find(matches);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const errorTypes: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};

function stopOf(step: ModelStep): string {
  return step.stop ?? (step.tools?.length ? 'tool_use' : 'end_turn');
}

/** Requests that the CLI makes for itself; they quote the user's prompt, script and all. */
function sideAnswer(body: Body): ModelStep | undefined {
  if (!body.tools?.length && body.output_config?.format) return { text: '{"title":"A scripted session"}' };
  const last = body.messages.at(-1);
  if (last?.role === 'user' && /your task is to create a detailed summary/i.test(textOf(last)))
    return { text: '<summary>What was said so far.</summary>' };
  return undefined;
}

/** The script of the last prompt that has one, and which of its steps is due. */
function findStep(
  messages: Message[],
  plan: (prompt: string) => ModelStep[] | undefined = () => undefined,
): { script: ModelStep[] | undefined; step: number } {
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message?.role !== 'user') continue;
    const text = textOf(message);
    const found = [...text.matchAll(/%%(\[[\s\S]*?\])%%/g)].at(-1)?.[1];
    const script = found ? (JSON.parse(found) as ModelStep[]) : plan(text);
    if (!script) continue;
    const step = messages.slice(index + 1).filter(({ role }) => role === 'assistant').length;
    return { script, step };
  }
  return { script: undefined, step: 0 };
}

/** The prose of a message: tool results are not prompts, whatever they quote. */
function textOf(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  return message.content.map((block) => (block.type === 'text' ? (block.text ?? '') : '')).join('\n');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

function textHeader(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
