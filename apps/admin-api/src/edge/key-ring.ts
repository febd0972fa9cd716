import { OPERATORS, type ServicePorts } from '#libs/services';
import { keepNewest, sha256Hex } from '#libs/kernel';
import { EVERY_CONSORTIUM, type Principal } from './request.js';

const FRESH_KEYS_MAX = 10_000;

/**
 * Finds whose a key is. The catalogue only says where to look: the member's own stream decides, so that a revoked key
 * ends at once.
 */
export class KeyRing {
  /** Keys this process issued: they work before the catalogue has them. */
  private readonly fresh = new Map<string, string>();

  constructor(private readonly ports: Pick<ServicePorts, 'reads' | 'streams'>) {}

  remember(hash: string, memberId: string): void {
    keepNewest(this.fresh, hash, memberId, FRESH_KEYS_MAX);
  }

  async find(keyText: string): Promise<Principal | undefined> {
    const hash = sha256Hex(keyText);
    const places = new Set([this.fresh.get(hash), await this.inCatalogue(hash), OPERATORS]);
    for (const memberId of places) {
      const principal = memberId === undefined ? undefined : await this.inStream(memberId, hash);
      if (principal) return principal;
    }
    return undefined;
  }

  /** Is the key that made somebody a caller still valid, with the same role? The open demo asks for none. */
  async isValid({ key, role }: Principal): Promise<boolean> {
    if (key === undefined) return true;
    return (await this.inStream(key.memberId, key.hash))?.role === role;
  }

  private async inCatalogue(hash: string): Promise<string | undefined> {
    return (await this.ports.reads.get('catalogue', 'key', hash))?.memberId;
  }

  private async inStream(memberId: string, hash: string): Promise<Principal | undefined> {
    const { state } = await this.ports.streams.members.load(memberId);
    if (state.status !== 'live') return undefined;
    const key = [...state.keys.values()].find((candidate) => candidate.hash === hash);
    if (key === undefined) return undefined;
    const operator = key.role === 'operator';
    return {
      role: key.role,
      memberId: memberId === OPERATORS ? undefined : memberId,
      consortiumId: operator ? EVERY_CONSORTIUM : state.consortiumId,
      actor: `key:${memberId}/${key.keyId}`,
      key: { memberId, hash },
    };
  }
}
