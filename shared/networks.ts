import * as z from 'zod';

/** Networks and addresses as text: `192.168.1.0/24`, `10.0.0.7`, `fd00::/8`. */
export const networkSchema = z
  .string()
  .trim()
  .toLowerCase()
  .refine(
    (text) => [z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()].some((kind) => kind.safeParse(text).success),
    'is not a network such as 192.168.1.0/24, and not an address',
  );

/** An origin of a page: `https://rooms.example.org`. */
export const originSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^https?:\/\/[a-z0-9.:[\]-]+$/, 'is not an origin such as https://rooms.example.org')
  .max(300);

/** Whether an address to listen on is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
