/** So much is parsed at once at most: a few milliseconds, whatever it says. */
const pieceBytes = 8 * 1024;

/** After so long of parsing the page is drawn first: less than half of a frame, so that a flood leaves the rest to others. */
const sliceMs = 7;

/** A page that is not drawn, because nobody sees it, goes on after this. */
const undrawnMs = 100;

/** Runs after the next frame. */
function afterFrame(run: () => void): void {
  let isDone = false;
  const once = (): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    run();
  };
  const timer = setTimeout(once, document.hidden ? 0 : undrawnMs);
  requestAnimationFrame(once);
}

/**
 * Hands bytes to a terminal's parser in slices between which the page is drawn. Left to itself a parser with much to do
 * gives way by timers, which browsers prefer to frames for up to a tenth of a second at a time.
 */
export function createPacedWriter(parse: (bytes: Uint8Array, done: () => void) => void) {
  const waiting: { bytes: Uint8Array | null; done?: () => void; wait?: (goOn: () => void) => void }[] = [];
  let isBusy = false;
  let sliceStartedAt = 0;

  function next(): void {
    const piece = waiting[0];
    if (!piece) {
      isBusy = false;
      return;
    }
    if (piece.wait || performance.now() - sliceStartedAt > sliceMs) {
      if (piece.wait) waiting.shift();
      (piece.wait ?? afterFrame)(() => {
        sliceStartedAt = performance.now();
        next();
      });
      return;
    }
    waiting.shift();
    const goOn = (): void => {
      piece.done?.();
      next();
    };
    if (piece.bytes) parse(piece.bytes, goOn);
    else goOn();
  }

  function begin(): void {
    if (isBusy) return;
    isBusy = true;
    // What comes when nothing waits, as a key's echo does, waits for no frame.
    sliceStartedAt = performance.now();
    next();
  }

  return {
    /** Writes bytes after all that were written before; `done` when the last of them is parsed. */
    write(bytes: Uint8Array, done: () => void): void {
      let start = 0;
      for (; start + pieceBytes < bytes.length; start += pieceBytes)
        waiting.push({ bytes: bytes.subarray(start, start + pieceBytes) });
      waiting.push({ bytes: bytes.subarray(start), done });
      begin();
    },
    /** Does something when all that was written before is parsed. */
    afterwards(act: () => void): void {
      waiting.push({ bytes: null, done: act });
      begin();
    },
    /** When all that was written before is parsed, goes on only as `wait` says, which calls back once. */
    until(wait: (goOn: () => void) => void): void {
      waiting.push({ bytes: null, wait });
      begin();
    },
    /** Passes over what is not parsed yet, as if it had been. */
    drop(): void {
      for (const { bytes, done } of waiting.splice(0)) if (bytes) done?.();
    },
  };
}
