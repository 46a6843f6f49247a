/** What a caller may do, each level including the ones before it. */
export const accessLevels = ['view', 'reply', 'approve', 'admin'] as const;
export type Access = (typeof accessLevels)[number];

/** Whether `granted` includes `needed`. */
export function allows(granted: Access, needed: Access): boolean {
  return accessLevels.indexOf(granted) >= accessLevels.indexOf(needed);
}
