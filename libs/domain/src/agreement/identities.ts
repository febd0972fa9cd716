import type { Seat, SurveyAnswer } from './agreement.types.js';
import type { Voter } from './voters.js';

type Answered = Extract<SurveyAnswer, { kind: 'answered' }>;
type Identity = Readonly<{ nodeId: string | undefined; chain: string }>;

/** Who the nodes say they are. A claim: it raises suspicion and takes no vote away. */
export class Identities {
  private readonly known = new Map<string, Identity>();
  private readonly unstable = new Set<string>();

  /** A node that leaves its identity out once has not changed it. */
  hear(id: string, { nodeId, chainId, genesisHash }: Answered): void {
    const before = this.known.get(id);
    const chain = `${chainId}/${genesisHash}`;
    const hasChanged =
      before !== undefined &&
      (before.chain !== chain ||
        (nodeId !== undefined && before.nodeId !== undefined && before.nodeId !== nodeId));
    if (hasChanged) this.unstable.add(id);
    this.known.set(id, { nodeId: before?.nodeId ?? nodeId, chain });
  }

  isUnstable(id: string): boolean {
    return this.unstable.has(id);
  }

  /** What a voter claims to be. */
  claimsOf(id: string, voters: readonly Voter[]): readonly string[] {
    const nodeId = voters.some((voter) => voter.id === id) ? this.known.get(id)?.nodeId : undefined;
    return nodeId === undefined ? [] : [nodeId];
  }

  /** Voters of different seats that claim one identity, each group once. */
  shared(voters: readonly Voter[], seats: readonly Seat[]): readonly (readonly string[])[] {
    const byClaim = new Map<string, string[]>();
    for (const { id } of voters)
      for (const claim of this.claimsOf(id, voters)) byClaim.set(claim, [...(byClaim.get(claim) ?? []), id]);
    return [...byClaim.values()].filter((ids) => !seats.some((seat) => ids.every((id) => seat.includes(id))));
  }

  /** Does a node claim to be the same as another one? */
  isSame(id: string, other: string): boolean {
    const nodeId = this.known.get(id)?.nodeId;
    return nodeId !== undefined && nodeId === this.known.get(other)?.nodeId;
  }
}
