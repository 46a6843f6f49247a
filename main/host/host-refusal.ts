import type { HostErrorCode } from './protocol.ts';

/** A refusal the client passes on; anything else that is thrown is a bug. */
export class HostRefusal extends Error {
  readonly code: HostErrorCode;

  constructor(code: HostErrorCode, message: string) {
    super(message);
    this.name = 'HostRefusal';
    this.code = code;
  }
}
