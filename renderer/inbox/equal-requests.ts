import type { Approval } from '../../shared/approvals.ts';

/** Whether two requests ask for exactly the same: the same tool with the same input. */
export function asksTheSame(a: Approval, b: Approval): boolean {
  return a.kind === b.kind && a.toolName === b.toolName && keyOf(a.input) === keyOf(b.input);
}

/** The other waiting requests that ask for exactly what this one does. Questions are answered one by one. */
export function equalRequests(approval: Approval, waiting: readonly Approval[]): Approval[] {
  if (approval.kind !== 'tool') return [];
  return waiting.filter((other) => other.id !== approval.id && asksTheSame(approval, other));
}

/** A description is about the call, not part of it; the order of fields says nothing. */
function keyOf(input: Record<string, unknown>): string {
  const { description: _about, ...rest } = input;
  return JSON.stringify(sorted(rest));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
