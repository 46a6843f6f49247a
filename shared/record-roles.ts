/** Who said a record. */
export const recordRoles = ['user', 'assistant', 'thinking', 'tool', 'result', 'system'] as const;
