import { deviceName } from './device-name.ts';

const typed = /^[A-Za-z2-9]{4}[\s-]?[A-Za-z2-9]{4}$/;

/** The pairing code of an address fragment (`#pair=K7QM42XD`); null when there is none. */
export function pairingCode(fragment: string): string | null {
  return /^#pair=([A-Za-z2-9]{8})$/.exec(fragment)?.[1] ?? null;
}

/** Whether what somebody typed is a pairing code rather than a token. */
export function isPairingCode(text: string): boolean {
  return typed.test(text.trim());
}

/** Makes this browser a device; gives its token. Throws with words for the user. */
export async function claimDevice(code: string): Promise<string> {
  const response = await fetch('/api/devices/claim', {
    method: 'POST',
    headers: {
      authorization: `Bearer pair.${code.replace(/[\s-]/g, '')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ name: deviceName() }),
  });
  const answer = (await response.json()) as { token?: string; message?: string };
  if (response.status === 401) throw new Error('This code was used already, or its five minutes are over.');
  if (!response.ok || !answer.token) throw new Error(answer.message ?? 'The code could not be used.');
  return answer.token;
}
