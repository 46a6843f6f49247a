import { type ImplementerInternalWithMiddlewares, implement } from '@orpc/server';
import { contract } from '../../shared/contract.ts';
import type { Caller } from './access/caller.ts';
import type { createDoor } from './door.ts';

/** What implements the contract, procedure by procedure. Named by hand: the inferred type is too long to be written down. */
export type Api = ImplementerInternalWithMiddlewares<typeof contract, Caller & Record<never, never>, Caller>;

/** The contract to be implemented, with every call led through the door. */
export function implementedBehind(door: ReturnType<typeof createDoor>): Api {
  return implement(contract)
    .$context<Caller>()
    .use(({ context, path, procedure, next }, input) =>
      door.pass({ caller: context, name: path.join('.'), ...procedure['~orpc'] }, input, (caller) =>
        next({ context: caller }),
      ),
    );
}
