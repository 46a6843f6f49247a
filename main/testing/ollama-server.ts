import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `slow`: takes calls and never answers. `failing`: answers 500. `failing-chat`: only its models fail. `cut`: breaks off in an answer. */
export type OllamaMode = 'present' | 'slow' | 'failing' | 'failing-chat' | 'cut';

export interface ModelCall {
  path: string;
  body: {
    model?: string;
    messages?: { role: string; content: string }[];
    format?: unknown;
    options?: { num_ctx?: number };
    input?: string[];
  };
  disconnected: boolean;
}

export interface OllamaServer {
  port: number;
  calls: ModelCall[];
  models: Map<string, { sizeBytes: number; contextTokens: number }>;
  setMode(mode: OllamaMode): void;
  /** How the next calls of a model are answered; without it, by a summary of what it was given. */
  setAnswer(answer: ((body: ModelCall['body']) => string) | undefined): void;
  /** Holds pulls and answers in their middle until it is called again with false. */
  hold(held: boolean): void;
  /** Settles with the first call, past or future, of which `matches` is true now or becomes true. */
  waitFor(matches: (call: ModelCall) => boolean): Promise<ModelCall>;
  close(): Promise<void>;
}

/** Pieces of a model that a pull brings, in bytes. */
const layers = [
  ['sha256:aaaa', 4000],
  ['sha256:bbbb', 1000],
] as const;

/**
 * A stand-in for Ollama on loopback, true to its protocol: newline-delimited JSON in streams, its status lines of a pull, its
 * errors. It has models by name, no real ones.
 */
export async function startOllamaServer(
  options: {
    models?: Record<string, { sizeBytes?: number; contextTokens?: number }>;
    port?: number;
    pieceMs?: number;
  } = {},
): Promise<OllamaServer> {
  const calls: ModelCall[] = [];
  const models = new Map(
    Object.entries(options.models ?? { 'llama3.2:3b': {} }).map(
      ([name, { sizeBytes = 2_000_000_000, contextTokens = 8192 }]) => [name, { sizeBytes, contextTokens }],
    ),
  );
  const waiting = new Set<() => void>();
  let mode: OllamaMode = 'present';
  let answerOf: ((body: ModelCall['body']) => string) | undefined;
  let held = false;
  let letGo: () => void = () => undefined;

  const look = (): void => {
    for (const one of [...waiting]) one();
  };

  async function unheld(): Promise<void> {
    while (held)
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
    if (options.pieceMs) await new Promise((resolve) => setTimeout(resolve, options.pieceMs));
  }

  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString('utf8');
    const path = request.url ?? '';
    const body = (text ? JSON.parse(text) : {}) as ModelCall['body'];
    const call: ModelCall = { path, body, disconnected: false };
    calls.push(call);
    response.on('close', () => {
      if (!response.writableFinished) call.disconnected = true;
      look();
    });
    look();
    if (mode === 'slow') return;
    const isModel = ['/api/chat', '/api/generate', '/api/embed'].includes(path);
    if (mode === 'failing' || (mode === 'failing-chat' && isModel))
      return json(response, 500, { error: 'llama runner process has terminated: signal: killed' });
    switch (`${request.method} ${path}`) {
      case 'GET /api/version':
        return json(response, 200, { version: '0.12.3' });
      case 'GET /api/tags':
        return json(response, 200, {
          models: [...models].map(([name, { sizeBytes }]) => ({
            name,
            model: name,
            modified_at: '2026-11-01T10:00:00.123456789Z',
            size: sizeBytes,
            digest: 'a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72',
            details: {
              parent_model: '',
              format: 'gguf',
              family: name.includes('embed') ? 'nomic-bert' : 'llama',
              families: ['llama'],
              parameter_size: '3.2B',
              quantization_level: 'Q4_K_M',
            },
          })),
        });
      case 'POST /api/pull':
        return pull(response, body.model ?? '');
    }
    const model = models.get(body.model ?? '') ?? models.get(`${body.model}:latest`);
    if (!model) return json(response, 404, { error: `model '${body.model}' not found` });
    switch (`${request.method} ${path}`) {
      case 'POST /api/show':
        return json(response, 200, {
          details: { family: 'llama', parameter_size: '3.2B', quantization_level: 'Q4_K_M' },
          model_info: { 'general.architecture': 'llama', 'llama.context_length': model.contextTokens },
          capabilities: (body.model ?? '').includes('embed') ? ['embedding'] : ['completion', 'tools'],
        });
      case 'DELETE /api/delete':
        models.delete(body.model ?? '');
        response.writeHead(200).end();
        return;
      case 'POST /api/embed':
        return json(response, 200, { model: body.model, embeddings: (body.input ?? []).map(vectorOf) });
      case 'POST /api/chat':
        return chat(response, body);
      default:
        response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found');
    }
  }

  async function chat(response: ServerResponse, body: ModelCall['body']): Promise<void> {
    const common = { model: body.model, created_at: '2026-11-21T10:00:00Z' };
    const whole = (answerOf ?? summaryOf)(body);
    const pieces = whole.match(/[\s\S]{1,24}/g) ?? [];
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for (const [index, content] of pieces.entries()) {
      if (index > 0) await unheld();
      if (mode === 'cut' && index > 0) return void response.destroy();
      if (response.destroyed) return;
      response.write(`${JSON.stringify({ ...common, message: { role: 'assistant', content }, done: false })}\n`);
    }
    const prompt = (body.messages ?? []).map(({ content }) => content).join('\n');
    response.end(
      `${JSON.stringify({
        ...common,
        message: { role: 'assistant', content: '' },
        done: true,
        done_reason: 'stop',
        total_duration: 2_500_000_000,
        load_duration: 100_000_000,
        prompt_eval_count: Math.ceil(prompt.length / 4),
        prompt_eval_duration: 400_000_000,
        eval_count: pieces.length * 6,
        eval_duration: 2_000_000_000,
      })}\n`,
    );
  }

  async function pull(response: ServerResponse, name: string): Promise<void> {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const line = (value: object): void => void response.write(`${JSON.stringify(value)}\n`);
    line({ status: 'pulling manifest' });
    if (name.includes('nowhere')) {
      line({ error: 'pull model manifest: file does not exist' });
      return void response.end();
    }
    for (const [digest, total] of layers) {
      for (const completed of [0, total / 2, total]) {
        if (completed > 0) await unheld();
        if (response.destroyed) return;
        line({ status: `pulling ${digest.slice(7)}`, digest, total, ...(completed ? { completed } : {}) });
      }
    }
    for (const status of ['verifying sha256 digest', 'writing manifest', 'success']) line({ status });
    models.set(name, { sizeBytes: 5000, contextTokens: 8192 });
    response.end();
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    models,
    setMode: (next) => {
      mode = next;
    },
    setAnswer: (next) => {
      answerOf = next;
    },
    hold(next) {
      held = next;
      letGo();
    },
    waitFor: (matches) =>
      new Promise((resolve) => {
        const check = (): void => {
          const found = calls.find(matches);
          if (!found) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
    close: () =>
      new Promise((resolve) => {
        held = false;
        letGo();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a model that does as it is told would answer: the words of the text, in the form that was asked for. */
function summaryOf({ messages = [], format }: ModelCall['body']): string {
  const text = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const words = text.split(/\s+/).filter(Boolean);
  if (!format) return `In short: ${words.slice(0, 40).join(' ')}`;
  return JSON.stringify({
    summary: `It was about ${words.slice(-12).join(' ')}`,
    topics: words.filter((word) => word.length > 6).slice(0, 3),
    decisions: ['The first way was taken.'],
    openPoints: ['One point is open.'],
  });
}

/** The same text gives the same vector; texts that share words are near each other. */
function vectorOf(text: string): number[] {
  const vector = new Array<number>(16).fill(0);
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    let hash = 0;
    for (const letter of word) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
    vector[hash % 16] = (vector[hash % 16] ?? 0) + 1;
  }
  return vector;
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}
