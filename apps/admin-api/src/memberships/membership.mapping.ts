import { z } from 'zod';
import type { ApiKey } from '#libs/domain';
import type { KeyAnswer, MembershipAnswer } from '../answers/network.answers.js';
import { seesMembersThings } from '../access.js';
import type { Caller } from '../edge/request.js';
import type { LiveMember } from '../resources.js';
import { defined, freeText, given, ids, text } from '../schemas.js';

export const membershipBody = z.object({ ...ids, org_name: text.min(1), verification_proof: freeText });
export const membershipChanges = z.object({ org_name: given(text), verification_proof: freeText });
export const keyBody = z.object({
  role: z.enum(['operator', 'member_admin', 'member_viewer']).default('member_viewer'),
  label: text.default(''),
  /** A key that signs requests on the bus: Ed25519 or P-256, as a JWK or in PEM. */
  public_key: z.union([z.string().max(4_000), z.record(z.string(), z.unknown())]).optional(),
});
export type MembershipBody = z.infer<typeof membershipBody>;
export type MembershipChanges = z.infer<typeof membershipChanges>;
export type KeyBody = z.infer<typeof keyBody>;

export const toMembership = (state: LiveMember, caller: Caller): MembershipAnswer =>
  defined({
    _id: state.memberId,
    consortium_id: state.consortiumId,
    org_name: state.orgName,
    verification_proof: state.verificationProof,
    external_id: seesMembersThings(caller, state.memberId) ? state.externalId : undefined,
    state: state.status === 'live' ? ('active' as const) : ('deleted' as const),
  });

/** A key without its text, which only its holder has. A signing key has no text but a name for its signatures. */
export const toKey = (memberId: string, { keyId, role, label, publicKey }: ApiKey): KeyAnswer => ({
  _id: keyId,
  role,
  label,
  ...(publicKey === undefined
    ? {}
    : { public_key: JSON.parse(publicKey) as unknown, signs_as: `${memberId}/${keyId}` }),
});
