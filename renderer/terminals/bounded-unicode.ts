import { Unicode11Addon } from '@xterm/addon-unicode11';
import type { IUnicodeVersionProvider, Terminal } from '@xterm/xterm';

/** So many marks on one letter are shown; languages and emoji need fewer. Ten thousand would stop the page for seconds. */
const mostMarks = 16;

const version = '11-bounded';

/**
 * Widths of letters as of Unicode 11, with a bound on how many marks one cell takes: what goes beyond is kept in cells
 * without a width, which nobody draws. In cells of their own 10,000 marks cost the page 150 ms of shaping in one frame.
 * The value given for a letter is xterm's: kind (here: how many marks it has) << 3 | width << 1 | joins.
 */
export function boundMarks(terminal: Terminal): void {
  let widths: IUnicodeVersionProvider | undefined;
  const register = (provider: IUnicodeVersionProvider): void => {
    widths = provider;
  };
  new Unicode11Addon().activate({ unicode: { register } } as unknown as Terminal);
  const known = widths;
  if (!known) return;
  terminal.unicode.register({
    version,
    wcwidth: (codepoint) => known.wcwidth(codepoint),
    charProperties(codepoint, preceding) {
      const width = known.wcwidth(codepoint);
      const before = (preceding >> 1) & 3;
      if (width > 0 || preceding === 0 || before === 0) return width << 1;
      const marks = (preceding >> 3) + 1;
      return marks > mostMarks ? 0 : (marks << 3) | (before << 1) | 1;
    },
  });
  terminal.unicode.activeVersion = version;
}
