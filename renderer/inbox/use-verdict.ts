import { useState } from 'react';
import type { Approval } from '../../shared/approvals.ts';
import type { Verdict } from '../../shared/rules.ts';
import { useApp } from '../app/app-context.ts';
import { useStore } from '../data/store.ts';
import { useOnChange } from '../ui/use-on-change.ts';

/**
 * What the rules say of a request as they stand now: why it asks, by which rule, part by part. Null until that is known,
 * and where it cannot be: the request can be decided without it.
 */
export function useVerdict(approval: Approval): Verdict | null {
  const { connection } = useApp();
  const rules = useStore((state) => state.rows.rules);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const { kind, toolName, input, workerId } = approval;
  // Another rule may be another verdict.
  useOnChange(() => {
    if (kind !== 'tool') return;
    let wanted = true;
    connection.client.rules.test({ toolName, input, workerId }).then(
      (answer) => wanted && setVerdict(answer),
      () => wanted && setVerdict(null),
    );
    return () => {
      wanted = false;
    };
  }, [connection, kind, toolName, input, workerId, rules]);
  return verdict;
}
