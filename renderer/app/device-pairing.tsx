import { useEffect, useState } from 'react';
import { claimDevice } from '../data/pairing.ts';
import { BrandSign } from './brand.tsx';
import { SignIn } from './sign-in.tsx';

/** Comes in by the code that the address brought. */
export function Pairing({ code, onToken }: { code: string; onToken: (token: string) => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    claimOnce(code).then(onToken, (error: unknown) =>
      setProblem(error instanceof Error ? error.message : String(error)),
    );
  }, [code, onToken]);
  if (problem) return <SignIn reason={problem} onToken={onToken} />;
  return (
    <main className="grid h-dvh place-items-center p-6">
      <div role="status" className="grid justify-items-center gap-3 text-center text-ink-2">
        <BrandSign size={32} />
        Pairing this device…
      </div>
    </main>
  );
}

const claims = new Map<string, Promise<string>>();

/** A code works once, and a component may be mounted twice. */
function claimOnce(code: string): Promise<string> {
  const claim = claims.get(code) ?? claimDevice(code);
  claims.set(code, claim);
  return claim;
}
