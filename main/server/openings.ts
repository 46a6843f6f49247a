import type { Origin } from './client-address.ts';

/** How often it is looked whether a credential ran out, or a network lost its place, while something was open. */
const lookEveryMs = 5000;

interface Opening {
  origin: Origin;
  credentialId: string;
  openedAt: number;
  expiresAt: number | null;
  end(): void;
}

/** What is open with a credential (sockets, streams), so that it ends with it. */
export function createOpenings(deps: {
  onOver: (listener: (credentialId: string, openedBefore: number) => void) => () => void;
  /** Whether who is there could still come in, by the networks that are allowed now. */
  mayStay: (origin: Origin) => boolean;
  now: () => number;
}) {
  const { now } = deps;
  const open = new Set<Opening>();
  const endListening = deps.onOver((credentialId, openedBefore) => {
    for (const one of [...open]) if (one.credentialId === credentialId && one.openedAt <= openedBefore) end(one);
  });
  const timer = setInterval(() => {
    for (const one of [...open])
      if ((one.expiresAt !== null && one.expiresAt <= now()) || !deps.mayStay(one.origin)) end(one);
  }, lookEveryMs).unref();

  function end(one: Opening): void {
    open.delete(one);
    one.end();
  }

  return {
    /** Notes something as open until the answer is called. */
    add(identity: { credentialId: string; expiresAt?: number | null }, origin: Origin, endIt: () => void): () => void {
      const one: Opening = {
        origin,
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
