import type { PermissionMode } from '../../shared/workers.ts';

/** The permission modes in words. */
export const modeWords: Record<PermissionMode, { short: string; name: string; means: string }> = {
  allowlist: {
    short: 'asks first',
    name: 'Ask unless allowed',
    means: 'What your allow list names runs; everything else waits for you in the inbox.',
  },
  sandbox: {
    short: 'read only',
    name: 'Read only',
    means:
      'Reads and searches; commands run inside the operating system’s sandbox, where they can write nothing. What your allow list names does not add to that.',
  },
  dangerous: {
    short: 'asks nothing',
    name: 'Never ask',
    means: 'Everything runs without asking, with your rights on this machine. Only deny rules hold it back.',
  },
};

/** The modes in the order they are offered, the safest first. */
export const permissionModes = Object.keys(modeWords) as PermissionMode[];
