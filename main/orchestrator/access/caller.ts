import { type Access, allows, levelOf, resourceOf } from '../../../shared/access.ts';
import type { AppEvent, Resync } from '../../../shared/events.ts';

/** Who calls, as the surface that carries the call has found out. */
export interface Caller {
  /** What it may do; with `permissions` the highest of what it may do anywhere. */
  access: Access;
  /** Shown where it is said who did something: "you", a device's or a key's name. */
  name: string;
  /** Where the call comes from: "desktop window", an address. */
  from: string;
  /** Of the request it came with, for the log. */
  requestId?: string;
  /** The connection it came by, as viewer of terminals. */
  viewerId?: string;
  /** What a key may do on each resource; without it the access level holds everywhere. */
  permissions?: readonly string[] | null;
  /** What it was let in by: an id of `credentials`, or "local". */
  credentialId?: string;
  /** The one procedure it may call: a pairing code only claims, a refresh token only refreshes. */
  only?: string;
  /** The refresh token it presents, for the one procedure that takes one. */
  refreshToken?: string;
  /** When its credential is over; null or absent: not by itself. */
  expiresAt?: number | null;
  /** Takes the events it subscribed to itself, to send them on in its own way; the call then answers with none. */
  takeEvents?: (events: AsyncIterable<AppEvent | Resync>) => void;
}

/** Whether a caller may call a procedure, by its name, its route and the level it declares. */
export function mayCall(caller: Caller, procedure: { name: string; path: string; needed: Access }): boolean {
  if (caller.only !== undefined) return caller.only === procedure.name;
  const resource = resourceOf(procedure.path);
  // Who one is, and tokens for oneself, are of every credential.
  if (resource === 'auth' && procedure.needed === 'view') return true;
  return mayOn(caller, resource, procedure.needed);
}

/** Whether a caller may do something of a level on a resource ("terminals"). */
export function mayOn(caller: Caller, resource: string, needed: Access): boolean {
  if (caller.only !== undefined) return false;
  const level = caller.permissions ? levelOf(caller.permissions, resource) : caller.access;
  return level !== null && allows(level, needed);
}

/** The caller with the level it has on a route's resource, for what asks for the level once more inside. */
export function on(caller: Caller, path: string): Caller {
  const resource = resourceOf(path);
  if (!caller.permissions || resource === 'auth') return caller;
  return { ...caller, access: levelOf(caller.permissions, resource) ?? 'view' };
}
