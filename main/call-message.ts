import * as z from 'zod';

const abort = 4;
const id = z.string().min(1).max(100);
/** Of a file or a form, which no call of the contract takes. */
const fileHeader = /^content-(type|disposition)$/i;

/** A call, or that one is given up, as oRPC's client writes them. Its own reader takes anything and fails on most of it. */
const messageSchema = z.union([
  z.looseObject({ i: id, t: z.literal(abort) }),
  z.strictObject({
    i: id,
    t: z.literal(1).optional(),
    p: z.strictObject({
      u: z
        .string()
        .max(2000)
        .startsWith('/')
        .refine((path) => URL.canParse(`http://localhost${path}`)),
      m: z.string().max(10).optional(),
      h: z
        .record(
          z.string().max(200),
          z
            .string()
            .max(2000)
            .or(z.array(z.string().max(2000)).max(20)),
        )
        .refine((headers) => !Object.keys(headers).some((name) => fileHeader.test(name)))
        .optional(),
      b: z.unknown().optional(),
    }),
  }),
]);

/** Whether a text is a message that oRPC's reader can be given. */
export function isCallMessage(text: string): boolean {
  try {
    return messageSchema.safeParse(JSON.parse(text)).success;
  } catch {
    // Not JSON.
    return false;
  }
}
