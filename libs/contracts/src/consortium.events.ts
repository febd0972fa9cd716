import { z } from 'zod';
import { instant, optional, text } from './primitives.js';

const consortium = z.object({ name: text, description: optional(text) });
export const consortiumRegisteredV1 = consortium.extend({ consortiumId: z.string(), at: instant });
export const consortiumChangedV1 = consortium.extend({ at: instant });
export const consortiumRemovedV1 = z.object({ at: instant });

const member = z.object({ orgName: text, verificationProof: optional(text) });
export const memberRegisteredV1 = member.extend({
  memberId: z.string(),
  consortiumId: z.string(),
  at: instant,
});
export const memberChangedV1 = member.extend({ at: instant });
export const memberRemovedV1 = z.object({ at: instant });
export const apiKeyIssuedV1 = z.object({
  keyId: z.string(),
  role: z.enum(['operator', 'member_admin', 'member_viewer']),
  hash: z.string(),
  label: text,
  publicKey: optional(text),
  memberId: z.string(),
  at: instant,
});
export const apiKeyRevokedV1 = z.object({ keyId: z.string(), at: instant });

const configuration = z.object({
  name: text,
  membershipId: optional(z.string()),
  type: z.string(),
  details: z.record(z.string(), z.unknown()),
  secretRef: optional(z.string()),
});
export const configurationRegisteredV1 = configuration.extend({
  configurationId: z.string(),
  consortiumId: z.string(),
  environmentId: z.string(),
  at: instant,
});
export const configurationChangedV1 = configuration.extend({ at: instant });
export const configurationRemovedV1 = z.object({ at: instant });
