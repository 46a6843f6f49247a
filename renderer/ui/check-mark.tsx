import { CircleSlash, TriangleAlert } from 'lucide-react';
import type { DoctorCheck } from '../../shared/health.ts';
import { StateMark } from './state-mark.tsx';

/** How a check went, by shape and colour. */
export function CheckMark({ state }: { state: DoctorCheck['state'] }) {
  if (state === 'ok') return <StateMark mark="done" className="mt-0.5" />;
  if (state === 'error') return <StateMark mark="failed" className="mt-0.5" />;
  if (state === 'warning')
    return <TriangleAlert size={16} role="img" aria-label="warning" className="mt-0.5 shrink-0 text-needs" />;
  return <CircleSlash size={16} role="img" aria-label="not installed" className="mt-0.5 shrink-0 text-ink-3" />;
}
