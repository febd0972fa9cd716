import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { CompactSign } from 'jose';
import type { ChainkeepStreams } from '#libs/contracts';
import type { Role } from '#libs/domain';
import { sha256Hex } from '#libs/kernel';

const CONTEXT = { actor: 'test', correlationId: 'test', at: '2026-01-31T12:00:00.000Z' };
const HOUR_S = 3_600;

/** What may be said otherwise than rightly. */
export type SigningFaults = Readonly<{
  claims?: Readonly<Record<string, unknown>>;
  kid?: string;
  headers?: Readonly<Record<string, string>>;
}>;

export type RequestRecord = Readonly<{ key: string; value: string; headers: Record<string, string> }>;

/** An external producer with a registered key, as docs/how-to/publish-requests.md describes one. */
export class RequestProducer {
  private constructor(
    readonly source: string,
    private readonly kid: string,
    private readonly privateKey: KeyObject,
  ) {}

  /** Registers the member when it is new, and a signing key of this role. */
  static async register(
    { members }: ChainkeepStreams,
    memberId: string,
    role: Role,
  ): Promise<RequestProducer> {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const { at } = CONTEXT;
    const { state } = await members.load(memberId);
    if (state.status === 'absent') {
      const description = { orgName: memberId };
      await members.handle(
        memberId,
        { type: 'RegisterMember', memberId, consortiumId: 'acme', description, at },
        CONTEXT,
      );
    }
    const keyId = `k${randomUUID().slice(0, 8)}`;
    const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }));
    const key = { keyId, role, hash: `signing:${memberId}/${keyId}`, label: 'test', publicKey: jwk };
    await members.handle(memberId, { type: 'IssueApiKey', key, at }, CONTEXT);
    return new RequestProducer(`https://${memberId}.example/erp`, `${memberId}/${keyId}`, privateKey);
  }

  get keyName(): string {
    return this.kid;
  }

  /** A signed request; `faults` say what is wrong with it. */
  async request(
    type: string,
    body: Readonly<Record<string, unknown>>,
    { id = randomUUID(), time = new Date().toISOString() }: Readonly<{ id?: string; time?: string }> = {},
    faults: SigningFaults = {},
  ): Promise<RequestRecord> {
    const value = JSON.stringify(body);
    const attributes = { ce_id: id, ce_source: this.source, ce_type: type, ce_time: time };
    const exp = Math.floor(Date.parse(time) / 1_000) + HOUR_S;
    const claims = { ...attributes, body_sha256: sha256Hex(value), exp, ...faults.claims };
    const jws = await new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'EdDSA', kid: faults.kid ?? this.kid })
      .sign(this.privateKey);
    const named = body['targetId'] ?? body['environmentId'];
    const key = typeof named === 'string' ? named : '';
    return { key, value, headers: { ce_specversion: '1.0', ...attributes, jws, ...faults.headers } };
  }
}

/** An environment `prod` (backups enabled) with targets of two members, in whatever store the streams are. */
export const prepareInstallation = async (streams: ChainkeepStreams): Promise<void> => {
  const { at } = CONTEXT;
  const ids = { environmentId: 'prod', consortiumId: 'acme' };
  const description = { name: 'prod', provider: 'geth', consensus: 'clique' } as const;
  const { environments, targets } = streams;
  await environments.handle('prod', { type: 'RegisterEnvironment', ...ids, description, at }, CONTEXT);
  await environments.handle('prod', { type: 'ConfigureBackup', changes: { enabled: true }, at }, CONTEXT);
  for (const membershipId of ['bank-a', 'bank-b']) {
    const targetId = `${membershipId}-s3`;
    const place = { provider: 's3', details: {}, destination: `s3/${membershipId}` } as const;
    const target = { name: targetId, membershipId, ...place };
    await targets.handle(
      targetId,
      { type: 'RegisterTarget', targetId, ...ids, description: target, at },
      CONTEXT,
    );
  }
};
