import { parentPort } from 'node:worker_threads';
import { SerializeAddon } from '@xterm/addon-serialize';
// CommonJS without named exports that Node can see.
import headless from '@xterm/headless';

/*
 * A worker thread that turns terminal bytes into screens. Parsing costs a core for each 20 MB/s, so it happens here and
 * only for terminals that somebody looks at.
 */

/** Lines that can be scrolled back to. */
const scrollback = 10_000;

/** What the thread is told, in order for each screen. */
export type ParserRequest =
  | { type: 'open'; screen: number; cols: number; rows: number }
  | { type: 'bytes'; screen: number; bytes: Uint8Array; end: number }
  | { type: 'resize'; screen: number; cols: number; rows: number }
  | { type: 'close'; screen: number }
  | { type: 'read'; screen: number; call: number; what: 'text' | 'snapshot' }
  /** Draw these bytes once: with all lines when they are everything there is, else the screen alone. */
  | { type: 'glance'; call: number; cols: number; rows: number; bytes: Uint8Array; isComplete: boolean };

/** What the thread answers. */
export type ParserReply =
  | { type: 'parsed'; screen: number; end: number }
  | { type: 'text'; call: number; lines: string[]; cols: number; rows: number; offset: number }
  | { type: 'snapshot'; call: number; bytes: Uint8Array; cols: number; rows: number; offset: number }
  | { type: 'glance'; call: number; bytes: Uint8Array; lines: string[] };

interface Screen {
  terminal: headless.Terminal;
  serializer: SerializeAddon;
  offset: number;
}

const screens = new Map<number, Screen>();
const encoder = new TextEncoder();

function reply(message: ParserReply): void {
  if ('bytes' in message) parentPort?.postMessage(message, [message.bytes.buffer as ArrayBuffer]);
  else parentPort?.postMessage(message);
}

function makeScreen(cols: number, rows: number, lines: number): Screen {
  const terminal = new headless.Terminal({ cols, rows, scrollback: lines, allowProposedApi: true });
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  return { terminal, serializer, offset: 0 };
}

/** The visible rows as text, without trailing blanks. */
function visibleLines({ terminal }: Screen): string[] {
  const { active } = terminal.buffer;
  const lines: string[] = [];
  for (let row = 0; row < terminal.rows; row += 1)
    lines.push(active.getLine(active.baseY + row)?.translateToString(true) ?? '');
  return lines;
}

function read(screen: Screen, call: number, what: 'text' | 'snapshot'): void {
  const { terminal, serializer, offset } = screen;
  const size = { cols: terminal.cols, rows: terminal.rows, offset };
  if (what === 'text') reply({ type: 'text', call, lines: visibleLines(screen), ...size });
  else reply({ type: 'snapshot', call, bytes: encoder.encode(serializer.serialize({ scrollback })), ...size });
}

function glance({ call, cols, rows, bytes, isComplete }: Extract<ParserRequest, { type: 'glance' }>): void {
  const lines = isComplete ? scrollback : 0;
  const screen = makeScreen(cols, rows, lines);
  const { terminal, serializer } = screen;
  // A piece from the middle begins after a line's end, so that it does not begin inside a sequence.
  const begin = isComplete ? 0 : bytes.indexOf(10) + 1;
  terminal.write(bytes.subarray(begin), () => {
    const drawn = encoder.encode(serializer.serialize({ scrollback: lines }));
    reply({ type: 'glance', call, bytes: drawn, lines: visibleLines(screen) });
    terminal.dispose();
  });
}

parentPort?.on('message', (request: ParserRequest) => {
  if (request.type === 'glance') return glance(request);
  if (request.type === 'open') {
    screens.set(request.screen, makeScreen(request.cols, request.rows, scrollback));
    return;
  }
  const screen = screens.get(request.screen);
  if (!screen) return;
  switch (request.type) {
    case 'bytes':
      screen.terminal.write(request.bytes, () => {
        screen.offset = request.end;
        reply({ type: 'parsed', screen: request.screen, end: request.end });
      });
      return;
    case 'resize':
      // An empty write waits for what was written before at the old size.
      screen.terminal.write('', () => screen.terminal.resize(request.cols, request.rows));
      return;
    case 'read':
      screen.terminal.write('', () => read(screen, request.call, request.what));
      return;
    case 'close':
      screens.delete(request.screen);
      // What was asked of it before is answered first.
      screen.terminal.write('', () => screen.terminal.dispose());
  }
});
