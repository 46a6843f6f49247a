import type { Terminal } from '@xterm/xterm';

/** Has the terminal pass over questions of programs (what are you, where is the cursor, which colour) while they are old. */
export function passOverQuestions(terminal: Terminal, isOld: () => boolean): void {
  for (const final of ['c', 'n'] as const) {
    terminal.parser.registerCsiHandler({ final }, isOld);
    terminal.parser.registerCsiHandler({ prefix: '?', final }, isOld);
    terminal.parser.registerCsiHandler({ prefix: '>', final }, isOld);
  }
  terminal.parser.registerCsiHandler({ prefix: '>', final: 'q' }, isOld);
  terminal.parser.registerCsiHandler({ intermediates: '$', final: 'p' }, isOld);
  terminal.parser.registerCsiHandler({ prefix: '?', intermediates: '$', final: 'p' }, isOld);
  terminal.parser.registerDcsHandler({ intermediates: '$', final: 'q' }, isOld);
  for (const code of [4, 10, 11, 12]) {
    terminal.parser.registerOscHandler(code, (data) => data.includes('?') && isOld());
  }
}

/** Answers (attributes, cursor, mode, colour, version) and news of focus and mouse: sent without a key being pressed. */
const unasked = /^\u001b(\[[?>]?[\d;]*\$?[cnRyt]$|\[[IO]$|\[M|\[<|\]|P)/;

/** Whether this was sent by the terminal itself, not typed by a person. */
export function isUnasked(data: string): boolean {
  return unasked.test(data);
}
