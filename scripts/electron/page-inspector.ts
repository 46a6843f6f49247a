/** The page of a running Electron, seen through Chromium's own debugger (`--remote-debugging-port`). */
export interface PageInspector {
  url: string;
  /** Value of an expression, a promise's when it gives one. Fails with the page's error. */
  evaluate<T>(expression: string): Promise<T>;
  /** What it shows, as PNG. */
  picture(): Promise<Buffer>;
  close(): void;
}

interface Answer {
  id: number;
  error?: { message: string };
  result: { result?: { value: unknown }; exceptionDetails?: { text: string }; data?: string };
}

/** A page that does not answer a question for this long hangs. */
const answerWithinMs = 30_000;

/**
 * Connects to the first page behind a browser's debugger address (`ws://127.0.0.1:PORT/...`, as it is printed), waiting
 * for it at most `withinMs`. A packaged app refuses debuggers for its own code, and tools that come with one; not this.
 */
export async function inspectPage(debuggerAddress: string, withinMs: number): Promise<PageInspector> {
  const until = performance.now() + withinMs;
  let target: { url: string; webSocketDebuggerUrl: string } | undefined;
  while (!target) {
    if (performance.now() > until) throw new Error(`There is no page behind ${debuggerAddress}.`);
    const answer = await fetch(`http://${new URL(debuggerAddress).host}/json/list`);
    const targets = (await answer.json()) as { type: string; url: string; webSocketDebuggerUrl: string }[];
    target = targets.find(({ type }) => type === 'page');
    if (!target) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('The page cannot be inspected.')));
  });
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });

  socket.addEventListener('close', () => {
    // Whoever still asks would wait for ever.
    for (const [id, settle] of waiting) settle({ id, error: { message: 'the page is gone' }, result: {} });
    waiting.clear();
  });

  async function send(method: string, params: object): Promise<Answer['result']> {
    lastId += 1;
    const id = lastId;
    const answered = new Promise<Answer>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`${method}: the page does not answer within ${answerWithinMs / 1000} s.`)),
        answerWithinMs,
      );
      waiting.set(id, (answer) => {
        clearTimeout(late);
        resolve(answer);
      });
    });
    socket.send(JSON.stringify({ id, method, params }));
    const { error, result } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  return {
    url: target.url,
    async evaluate<T>(expression: string) {
      const answer = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      if (answer.exceptionDetails) throw new Error(`The page: ${answer.exceptionDetails.text}`);
      return answer.result?.value as T;
    },
    async picture() {
      const { data } = await send('Page.captureScreenshot', { format: 'png' });
      return Buffer.from(data ?? '', 'base64');
    },
    close: () => socket.close(),
  };
}
