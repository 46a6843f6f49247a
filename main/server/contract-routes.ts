import { contract } from '../../shared/contract.ts';
import type { ProcedureMeta } from '../../shared/procedure.ts';

/** A procedure of the contract as it is reached over HTTP. */
export interface ContractRoute {
  /** `/api/workers/{id}` */
  path: string;
  meta: ProcedureMeta;
}

/** Every procedure that has a route. */
export function contractRoutes(part: unknown = contract): ContractRoute[] {
  if (typeof part !== 'object' || part === null) return [];
  if (!('~orpc' in part)) return Object.values(part).flatMap((inner) => contractRoutes(inner));
  const { route, meta } = part['~orpc'] as { route: { path?: string }; meta: ProcedureMeta };
  return route.path ? [{ path: route.path, meta }] : [];
}
