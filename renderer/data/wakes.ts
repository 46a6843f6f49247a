/** A page in view asks this often whether the other side is still there, in milliseconds. */
const lookEveryMs = 30_000;

/**
 * Calls the listener when the page may have slept or changed its network: it is shown again, taken out of the browser's
 * cache, or online again; and now and then while it is in view. Gives what ends that.
 */
export function listenForWakes(listener: () => void): () => void {
  const shown = (): void => {
    if (document.visibilityState === 'visible') listener();
  };
  document.addEventListener('visibilitychange', shown);
  addEventListener('online', listener);
  addEventListener('pageshow', listener);
  const timer = setInterval(shown, lookEveryMs);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', shown);
    removeEventListener('online', listener);
    removeEventListener('pageshow', listener);
  };
}
