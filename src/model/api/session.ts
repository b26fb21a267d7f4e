import { z } from 'zod';

/** What people may do: look, act, administer. Each may all that the one before may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export const roleSchema = z.enum(roles);
export type Role = z.infer<typeof roleSchema>;

export const sessionSchema = z.strictObject({
  /** Null where nobody is logged in. */
  user: z.string().nullable(),
  role: roleSchema.nullable(),
  /** Send it as header `x-csrf-token` with everything that is not GET, where a cookie says who asks. */
  csrf: z.string().nullable(),
  /** Ways to log in here. */
  methods: z.array(z.enum(['token', 'password', 'oidc'])),
  /** When the session ends, ISO 8601. */
  expires: z.string().nullable(),
});
export type Session = z.infer<typeof sessionSchema>;

export const loginSchema = z.strictObject({ user: z.string().min(1).max(200), password: z.string().min(1).max(1000) });
export type Login = z.infer<typeof loginSchema>;

export const auditQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(200) });
/** Who did what, newest first. */
export const auditSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      time: z.string(),
      actor: z.string(),
      kind: z.string(),
      summary: z.string(),
      details: z.string(),
    }),
  ),
});
export type Audit = z.infer<typeof auditSchema>;
