/** How often it is looked whether a credential ran out while something was open with it. */
const lookEveryMs = 5000;

interface Opening {
  credentialId: string;
  openedAt: number;
  expiresAt: number | null;
  end(): void;
}

/** What is open with a credential (sockets, streams), so that it ends with it. */
export function createOpenings(deps: {
  onOver: (listener: (credentialId: string, openedBefore: number) => void) => () => void;
  now: () => number;
}) {
  const { now } = deps;
  const open = new Set<Opening>();
  const endListening = deps.onOver((credentialId, openedBefore) => {
    for (const one of [...open]) if (one.credentialId === credentialId && one.openedAt <= openedBefore) end(one);
  });
  const timer = setInterval(() => {
    for (const one of [...open]) if (one.expiresAt !== null && one.expiresAt <= now()) end(one);
  }, lookEveryMs).unref();

  function end(one: Opening): void {
    open.delete(one);
    one.end();
  }

  return {
    /** Notes something as open until the answer is called. */
    add(identity: { credentialId: string; expiresAt?: number | null }, endIt: () => void): () => void {
      const one: Opening = {
        credentialId: identity.credentialId,
        openedAt: now(),
        expiresAt: identity.expiresAt ?? null,
        end: endIt,
      };
      open.add(one);
      return () => void open.delete(one);
    },
    close(): void {
      endListening();
      clearInterval(timer);
    },
  };
}

export type Openings = ReturnType<typeof createOpenings>;
