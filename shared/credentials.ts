import { eventIterator } from '@orpc/contract';
import * as z from 'zod';
import { permissionPattern } from './access.ts';
import { credentialIdSchema, pairingIdSchema } from './ids.ts';
import { accessSchema, lineOf, pageOf, pageQuery, procedure } from './procedure.ts';

/** For how long a replaced secret still works unless said otherwise, in minutes. */
const graceMinutes = z
  .number()
  .int()
  .min(0)
  .max(7 * 24 * 60)
  .default(60);

const usedSchema = z.object({
  createdAt: z.number(),
  createdBy: z.string(),
  lastUsedAt: z.number().nullable(),
  /** The address it was last used from. */
  lastUsedFrom: z.string().nullable(),
  expiresAt: z.number().nullable(),
});

/** A key for programs. Its secret is told once; the database keeps its hash. */
export const apiKeySchema = usedSchema.extend({
  id: credentialIdSchema,
  name: z.string(),
  /** `cr_k_…x7f2`: enough to tell keys apart. */
  hint: z.string(),
  permissions: z.array(z.string()),
  /** The highest level the permissions give. */
  access: accessSchema,
  /** Requests a minute; null: the general limit alone. */
  rateLimit: z.number().nullable(),
  /** Until when the secret before the last rotation works. */
  previousUntil: z.number().nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** A browser or phone that was let in by a code. */
export const deviceSchema = usedSchema.extend({
  id: credentialIdSchema,
  name: z.string(),
  access: accessSchema,
  /** Sockets it has open now. */
  connections: z.number(),
});
export type Device = z.infer<typeof deviceSchema>;

/** Short-lived tokens (JWT) that one credential was exchanged for, with the refresh token that prolongs them. */
export const tokenSessionSchema = usedSchema.extend({
  id: credentialIdSchema,
  name: z.string(),
  access: accessSchema,
});

/** A code that waits for a device. */
export const pairingSchema = z.object({
  id: pairingIdSchema,
  access: accessSchema,
  expiresAt: z.number(),
});

/** Where the port stands. */
export const portStateSchema = z.object({
  state: z.enum(['closed', 'opening', 'open', 'failed']),
  /** `http://127.0.0.1:3847`; null unless open. */
  address: z.string().nullable(),
  /** Every address others can use, the one for the local network first. */
  addresses: z.array(z.string()),
  /** Why it is not open although it should be, with the fix. */
  problem: z.string().nullable(),
  /** SHA-256 of the certificate, as browsers show it; null without TLS. */
  fingerprint: z.string().nullable(),
  certificateExpiresAt: z.number().nullable(),
  /** Sockets that are open now. */
  connections: z.number(),
});
export type PortState = z.infer<typeof portStateSchema>;

export const accessOverviewSchema = z.object({
  port: portStateSchema,
  keys: z.array(apiKeySchema),
  devices: z.array(deviceSchema),
  sessions: z.array(tokenSessionSchema),
  pairings: z.array(pairingSchema),
  localToken: z.object({
    /** The flag or variable that holds it; null: it was made here and can be replaced here. */
    heldBy: z.string().nullable(),
    lastUsedAt: z.number().nullable(),
    previousUntil: z.number().nullable(),
  }),
});
export type AccessOverview = z.infer<typeof accessOverviewSchema>;

const permissionsSchema = z
  .array(z.string().max(60).regex(permissionPattern, 'is not a permission such as "read:*" or "write:sessions"'))
  .min(1)
  .max(50);

/** A key as its route names it, for scripts written for other tools. */
export const newKeySchema = z.object({
  ...apiKeySchema.shape,
  /** The secret. Not shown again. */
  key: z.string(),
});

const keyRef = z.object({ id: credentialIdSchema });

const tokensSchema = z.object({
  /** The JWT, sent as `Authorization: Bearer <token>`. */
  token: z.string(),
  expiresAt: z.number(),
  /** Sent as the bearer of `/api/auth/refresh`; works once. */
  refreshToken: z.string(),
  refreshExpiresAt: z.number(),
  access: accessSchema,
});

export const accessContract = {
  overview: procedure('admin').route({ method: 'GET', path: '/api/access' }).output(accessOverviewSchema),
  /** The same, again whenever something of it changes. */
  watch: procedure('admin')
    .route({ method: 'GET', path: '/api/access/watch' })
    .output(eventIterator(accessOverviewSchema)),
  /** Who the caller is. */
  me: procedure('view')
    .route({ method: 'GET', path: '/api/auth/me' })
    .output(
      z.object({
        name: z.string(),
        from: z.string(),
        access: accessSchema,
        permissions: z.array(z.string()).nullable(),
        expiresAt: z.number().nullable(),
      }),
    ),
  /** Exchanges the caller's credential for short-lived tokens of the same access or less. */
  token: procedure('view')
    .route({ method: 'POST', path: '/api/auth/token', successStatus: 201 })
    .input(z.object({ name: lineOf(80).optional(), access: accessSchema.optional() }))
    .output(tokensSchema),
  /** New tokens for a refresh token, which is the bearer of this call. One used twice ends its whole session. */
  refresh: procedure('view').route({ method: 'POST', path: '/api/auth/refresh' }).output(tokensSchema),
  /** Ends the session of the calling token at once. */
  logout: procedure('view')
    .route({ method: 'POST', path: '/api/auth/logout' })
    .output(z.object({ ended: z.boolean() })),
  endSession: procedure('admin')
    .route({ method: 'DELETE', path: '/api/auth/sessions/{id}' })
    .input(keyRef)
    .output(keyRef),
  /** Signs tokens with a new secret; those signed with the one before hold for the grace time at most. */
  rotateSecret: procedure('admin')
    .route({ method: 'POST', path: '/api/auth/secret/rotate' })
    .input(z.object({ graceMinutes }))
    .output(z.object({ previousUntil: z.number() })),
  /** A new local token; the one before works for the grace time. */
  rotateLocalToken: procedure('admin')
    .route({ method: 'POST', path: '/api/auth/local-token/rotate' })
    .input(z.object({ graceMinutes }))
    .output(z.object({ token: z.string(), previousUntil: z.number() })),
  keys: {
    list: procedure('admin')
      .route({ method: 'GET', path: '/api/admin/keys' })
      .input(pageQuery)
      .output(pageOf(apiKeySchema)),
    create: procedure('admin')
      .route({ method: 'POST', path: '/api/admin/keys', successStatus: 201 })
      .input(
        z.object({
          name: lineOf(80),
          permissions: permissionsSchema,
          /** Requests a minute. */
          rate_limit: z.number().int().min(1).max(1_000_000).nullable().optional(),
          expires_in_days: z.number().int().min(1).max(3650).nullable().optional(),
        }),
      )
      .output(newKeySchema),
    update: procedure('admin')
      .route({ method: 'PATCH', path: '/api/admin/keys/{id}' })
      .input(
        keyRef.extend({
          name: lineOf(80).optional(),
          permissions: permissionsSchema.optional(),
          rate_limit: z.number().int().min(1).max(1_000_000).nullable().optional(),
          /** From now; null: it does not expire. */
          expires_in_days: z.number().int().min(1).max(3650).nullable().optional(),
        }),
      )
      .output(apiKeySchema),
    /** A new secret for the same key; the one before works for the grace time. */
    rotate: procedure('admin')
      .route({ method: 'POST', path: '/api/admin/keys/{id}/rotate' })
      .input(keyRef.extend({ graceMinutes }))
      .output(newKeySchema),
    revoke: procedure('admin').route({ method: 'DELETE', path: '/api/admin/keys/{id}' }).input(keyRef).output(keyRef),
  },
  devices: {
    list: procedure('admin')
      .route({ method: 'GET', path: '/api/devices' })
      .input(pageQuery)
      .output(pageOf(deviceSchema)),
    rename: procedure('admin')
      .route({ method: 'PATCH', path: '/api/devices/{id}' })
      .input(keyRef.extend({ name: lineOf(80) }))
      .output(deviceSchema),
    /** Its sockets close at once. */
    revoke: procedure('admin').route({ method: 'DELETE', path: '/api/devices/{id}' }).input(keyRef).output(keyRef),
    /** A code that lets one device in, for five minutes. */
    pair: procedure('admin')
      .route({ method: 'POST', path: '/api/devices/pairings', successStatus: 201 })
      .input(z.object({ access: accessSchema.default('approve') }))
      .output(
        pairingSchema.extend({
          /** `K7QM42XD`. Works once. */
          code: z.string(),
          /** What the QR code says; null while the port is closed. */
          url: z.string().nullable(),
        }),
      ),
    cancelPairing: procedure('admin')
      .route({ method: 'DELETE', path: '/api/devices/pairings/{id}' })
      .input(z.object({ id: pairingIdSchema }))
      .output(z.object({ id: pairingIdSchema })),
    /** Becomes a device. The credential of this call is the code: `Authorization: Bearer pair.<code>`. */
    claim: procedure('view')
      .route({ method: 'POST', path: '/api/devices/claim', successStatus: 201 })
      .input(z.object({ name: lineOf(80) }))
      .output(z.object({ device: deviceSchema, token: z.string() })),
  },
};
