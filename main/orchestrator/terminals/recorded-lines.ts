/** A line of a recording's text: where its last byte stands. */
export interface RecordedLine {
  offset: number;
  text: string;
}

const escapeByte = 0x1b;
/** Longer lines are cut here, so that a flood without newline stays bounded. */
const maxLineLength = 4000;

/**
 * Reads the text out of a terminal's bytes, in the order it was written: control sequences are dropped, a move to the
 * right within a line is blanks (so are the gaps that programs jump over instead of writing them), any other move ends the
 * line. Not what the screen looked like, but every word that was ever on it.
 */
export function createLineReader(onLine: (line: RecordedLine) => void) {
  const decoder = new TextDecoder();
  let state: 'text' | 'escape' | 'csi' | 'string' | 'string-escape' | 'one' = 'text';
  let parameters = '';
  let line = '';
  let pending: number[] = [];

  function takeText(): void {
    if (pending.length === 0) return;
    line += decoder.decode(Uint8Array.from(pending), { stream: true });
    pending = [];
  }

  function endLine(offset: number): void {
    takeText();
    const text = line.trimEnd();
    line = '';
    if (text) onLine({ offset, text });
  }

  function endSequence(final: number, offset: number): void {
    const letter = String.fromCharCode(final);
    if (letter === 'C') {
      takeText();
      line += ' '.repeat(Math.min(200, Number.parseInt(parameters, 10) || 1));
    } else if (/[ABDEFGHJdf`]/.test(letter)) endLine(offset);
  }

  return {
    /** Takes the bytes from `offset` on. */
    push(offset: number, bytes: Uint8Array): void {
      for (let index = 0; index < bytes.length; index += 1) {
        const byte = bytes[index] as number;
        switch (state) {
          case 'text':
            if (byte === escapeByte) state = 'escape';
            else if (byte === 0x0a || byte === 0x0d) endLine(offset + index);
            else if (byte === 0x09) pending.push(0x20);
            else if (byte >= 0x20 && byte !== 0x7f) {
              pending.push(byte);
              if (pending.length + line.length > maxLineLength) endLine(offset + index);
            }
            break;
          case 'escape':
            parameters = '';
            if (byte === 0x5b) state = 'csi';
            else if (byte === 0x5d || byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f)
              state = 'string';
            else if (byte >= 0x20 && byte <= 0x2f) state = 'one';
            else state = 'text';
            break;
          case 'one':
            state = 'text';
            break;
          case 'csi':
            if (byte >= 0x40 && byte <= 0x7e) {
              state = 'text';
              endSequence(byte, offset + index);
            } else if (parameters.length < 32) parameters += String.fromCharCode(byte);
            break;
          case 'string':
            if (byte === 0x07) state = 'text';
            else if (byte === escapeByte) state = 'string-escape';
            break;
          case 'string-escape':
            state = byte === 0x5c ? 'text' : byte === escapeByte ? 'string-escape' : 'string';
            break;
        }
      }
    },
    /** Gives what stands in the last line. */
    end: endLine,
  };
}
