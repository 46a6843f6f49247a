import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';

/** `FuseState.ENABLE` of @electron/fuses, which does not export it. */
const on = 0x31;

/** What a packaged program must have, and what each is for. */
const wanted: Record<keyof typeof FuseV1Options, boolean> = {
  // The host is the program run as Node.
  RunAsNode: true,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  LoadBrowserProcessSpecificV8Snapshot: false,
  GrantFileProtocolExtraPrivileges: false,
};

/** The fuses of a program that are not as they must be, read from its own file: one line each, none when all is well. */
export async function wrongFuses(program: string): Promise<string[]> {
  const wire = await getCurrentFuseWire(program);
  return Object.entries(wanted)
    .filter(([name, isOn]) => (wire[FuseV1Options[name as keyof typeof wanted]] === on) !== isOn)
    .map(([name, isOn]) => `${name} is ${isOn ? 'off' : 'on'}`);
}
