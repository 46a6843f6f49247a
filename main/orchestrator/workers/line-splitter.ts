/** Cuts a byte stream into lines. `offset` is where the first byte that is not part of a whole line yet stands. */
export function createLineSplitter(startOffset: number) {
  let offset = startOffset;
  let rest: Uint8Array[] = [];
  let restBytes = 0;

  return {
    /** Offset of the next byte that is expected. */
    next: () => offset + restBytes,
    /**
     * Takes bytes and gives the lines they complete, without line feeds, each with the offset after it. Bytes seen
     * before are passed over; a gap starts anew at the bytes that are there.
     */
    push(chunk: { offset: number; bytes: Uint8Array }): { text: string; end: number }[] {
      let { bytes } = chunk;
      const seen = offset + restBytes - chunk.offset;
      if (seen < 0) {
        offset = chunk.offset;
        rest = [];
        restBytes = 0;
      } else if (seen > 0) {
        bytes = bytes.subarray(Math.min(seen, bytes.length));
      }
      const last = bytes.lastIndexOf(10);
      if (last === -1) {
        if (bytes.length > 0) rest.push(bytes);
        restBytes += bytes.length;
        return [];
      }
      const whole = Buffer.concat([...rest, bytes.subarray(0, last + 1)]);
      const lines: { text: string; end: number }[] = [];
      for (let at = 0; at < whole.length; ) {
        const feed = whole.indexOf(10, at);
        if (feed > at) lines.push({ text: whole.toString('utf8', at, feed), end: offset + feed + 1 });
        at = feed + 1;
      }
      offset += whole.length;
      const tail = bytes.subarray(last + 1);
      rest = tail.length > 0 ? [tail] : [];
      restBytes = tail.length;
      return lines;
    },
  };
}
