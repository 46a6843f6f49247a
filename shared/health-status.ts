import type { Component, HealthState } from './health.ts';

/** Without these nothing can be kept. */
const vital = ['database', 'disk'];
/** Without these no worker can be started; what else is not installed is only missed. */
const needed = ['claude', 'git'];

/** Whether a component is a reason not to be healthy. */
export function isBroken({ id, state }: Pick<Component, 'id' | 'state'>): boolean {
  return state === 'error' || (state === 'not-installed' && needed.includes(id));
}

/** Unhealthy when nothing can work, degraded when workers cannot start or something in use fails. */
export function statusOf(components: readonly Pick<Component, 'id' | 'state'>[]): HealthState['status'] {
  const broken = components.filter(isBroken);
  if (broken.some(({ id }) => vital.includes(id))) return 'unhealthy';
  return broken.length > 0 ? 'degraded' : 'healthy';
}
