/** The WebSocket of a link is closed with this code, and one of the reasons, when the link does not hold (any more). */
export const shareClosedCode = 4403;
export const shareEndings = ['unknown', 'revoked', 'expired', 'used-up', 'crowded', 'replaced'] as const;
export type ShareEnding = (typeof shareEndings)[number];
