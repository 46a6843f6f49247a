/** Why the server closes a socket, as its close code. The other codes are the protocol's own. */
export const socketEndings = {
  /** Control Room ends. Connect again later. */
  ends: 1001,
  /** What was sent is neither a call nor a frame, or a link was asked to do something. */
  notUnderstood: 1008,
  /** The credential was revoked, replaced, changed, or is over, or its network may not connect any more. Try once more at most. */
  credentialOver: 4401,
  /** Too far behind. Connect again and go on from the last event. */
  tooSlow: 4008,
  /** Too many calls in too short a time. Connect again later. */
  tooMany: 4029,
} as const;
