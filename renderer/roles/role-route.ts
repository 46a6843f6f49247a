import { hrefOf } from '../app/router.ts';

/** An item that begins so is a new role, made like the one whose name follows. A name never begins so. */
export const newMark = '+';

/** The place of a new role that is made like another. */
export function newRoleHref(like: string): string {
  return hrefOf({ view: 'settings', section: 'roles', item: `${newMark}${like}` });
}
