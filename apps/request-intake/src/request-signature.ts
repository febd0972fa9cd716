import { compactVerify, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { resourceId, type ChainkeepStreams } from '#libs/contracts';
import type { Role } from '#libs/domain';
import { CodedError, sha256Hex, toEpochMs } from '#libs/kernel';
import type { RequestMessage } from './request-message.js';

const LIFETIME_MAX_MS = 24 * 3_600_000;
/** Clocks of producers may be ahead by this much. */
const AHEAD_MAX_MS = 5 * 60_000;
const ALGORITHMS = ['EdDSA', 'ES256'];

/** What a signature covers: all that says what is asked, by whom and until when. */
const signedClaims = z.object({
  ce_id: z.string(),
  ce_source: z.string(),
  ce_type: z.string(),
  ce_time: z.string(),
  /** Hex of the SHA-256 of the body's bytes. */
  body_sha256: z.string(),
  /** Seconds since 1970 UTC. */
  exp: z.number().int().positive().max(253_402_300_799),
});
type Claims = z.output<typeof signedClaims>;

/** Who signed, as the member's stream says now. */
export type Signer = Readonly<{
  memberId: string;
  consortiumId: string;
  role: Role;
  /** `<member>/<key>` */
  keyName: string;
}>;

const refuse = (why: string, cause?: unknown): never => {
  throw new CodedError('REQUEST_UNSIGNED', why, cause === undefined ? {} : { cause });
};

/** `<member>/<key>` as the signature says, not checked yet. Throws REQUEST_UNSIGNED when it has another form. */
const keyNameOf = (jws: string): string => {
  try {
    const { kid } = decodeProtectedHeader(jws);
    return typeof kid === 'string' ? kid : '';
  } catch (error) {
    return refuse('The "jws" header is not a compact JWS.', error);
  }
};

/** The membership that a signature says it is of. */
export const memberOf = (jws: string): string => {
  const keyName = keyNameOf(jws);
  return keyName.slice(0, Math.max(0, keyName.lastIndexOf('/')));
};

/** The key that `kid` names. Unknown, revoked and not for signing are all the same to a stranger. */
const findKey = async (
  members: ChainkeepStreams['members'],
  jws: string,
): Promise<Readonly<{ signer: Signer; publicKey: string }>> => {
  const [keyName, memberId] = [keyNameOf(jws), memberOf(jws)];
  if (!resourceId.safeParse(memberId).success) return refuse('kid names no key; <member>/<key> is expected.');
  const { state } = await members.load(memberId);
  const key = state.status === 'live' ? state.keys.get(keyName.slice(memberId.length + 1)) : undefined;
  if (state.status !== 'live' || key?.publicKey === undefined)
    return refuse('The key named by kid is unknown, revoked or not a signing key.');
  const { consortiumId } = state;
  return { signer: { memberId, consortiumId, role: key.role, keyName }, publicKey: key.publicKey };
};

const claimsOf = async (jws: string, publicKey: string): Promise<Claims> => {
  try {
    const jwk = JSON.parse(publicKey) as JWK;
    const key = await importJWK(jwk, jwk.kty === 'OKP' ? 'EdDSA' : 'ES256');
    const { payload } = await compactVerify(jws, key, { algorithms: ALGORITHMS });
    return signedClaims.parse(JSON.parse(new TextDecoder().decode(payload)));
  } catch (error) {
    return refuse('The signature was not made by this key, or its claims are incomplete.', error);
  }
};

const assertInTime = ({ exp, ce_time: time }: Claims, nowMs: number): void => {
  const askedMs = toEpochMs(time);
  const endsMs = exp * 1_000;
  const problem =
    (endsMs <= nowMs && 'it has expired') ||
    (endsMs - askedMs > LIFETIME_MAX_MS && 'it expires more than 24 hours after its ce_time') ||
    (askedMs > nowMs + AHEAD_MAX_MS && 'its ce_time lies in the future');
  if (problem) throw new CodedError('REQUEST_EXPIRED', `The request is not valid at this time: ${problem}.`);
};

/** Checks that the signature fits the request and is in time. Throws REQUEST_UNSIGNED or REQUEST_EXPIRED. */
export const verifyRequest = async (
  request: RequestMessage,
  members: ChainkeepStreams['members'],
  nowMs: number,
): Promise<Signer> => {
  const { signer, publicKey } = await findKey(members, request.jws);
  const claims = await claimsOf(request.jws, publicKey);
  const signed: readonly (readonly [string, string])[] = [
    [claims.ce_id, request.id],
    [claims.ce_source, request.source],
    [claims.ce_type, request.type],
    [claims.ce_time, request.time],
    [claims.body_sha256, sha256Hex(request.bytes)],
  ];
  if (signed.some(([claim, sent]) => claim !== sent))
    refuse('The signature does not match the request (ce_id, ce_source, ce_type, ce_time and body).');
  assertInTime(claims, nowMs);
  return signer;
};
