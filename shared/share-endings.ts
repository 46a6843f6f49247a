/** The WebSocket of a link is closed with this code, and one of the reasons, when the link does not hold (any more). */
export const shareClosedCode = 4403;
/** It is closed with this one when the link shows another terminal from now on, its worker's next run: to be opened again at once. */
export const shareMovedCode = 4404;
export const shareEndings = ['unknown', 'revoked', 'expired', 'used-up', 'crowded', 'replaced'] as const;
export type ShareEnding = (typeof shareEndings)[number];
