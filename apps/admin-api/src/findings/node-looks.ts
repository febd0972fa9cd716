import { excuseAt, type BackupState, type LiveEnvironment, type NodeDescription } from '#libs/domain';
import { toCodedError, toInstant, type BlockRef, type Clock } from '#libs/kernel';
import { quorumHead, type NodeLook, type NodeSeen } from '#libs/projections';
import { openNode } from '#libs/services';
import type { Kit } from '../kit.js';

const ANSWER_MS = 10_000;
/** Many viewers make one question. */
const CACHED_MS = 5_000;
/** A page does not wait longer for a silent node. */
const WAIT_MS = 2_000;
/** How long a node has to reach the block that enough validators had. */
const PATIENCE_MS = 10_000;
const AGAIN_MS = 1_000;
const ENVIRONMENTS_MAX = 1_000;

type Head = Readonly<{ head: bigint; atMs: number }>;
type Looked = {
  look: Promise<NodeLook>;
  atMs: number;
  last: NodeLook | undefined;
  /** What enough validators reached at earlier looks, oldest first. */
  heads: readonly Head[];
};

type Subject = Readonly<{ environment: LiveEnvironment; backup: BackupState }>;

/** The monitor and the validators; a halted monitor and excused validators are not asked. */
const asked = ({ environment, backup }: Subject, clock: Clock): readonly NodeDescription[] => {
  const now = toInstant(clock.nowMs());
  return [...environment.nodes.values()].filter(
    ({ nodeId, role }) =>
      (role === 'monitor' && backup.halt === undefined) ||
      (role === 'validator' && excuseAt(environment, nodeId, now) === undefined),
  );
};

const headOf = (seen: NodeSeen): bigint | undefined => ('head' in seen ? seen.head : undefined);

/** Nodes that answered and are below a block. */
const below = (nodes: readonly NodeSeen[], block: bigint | undefined): readonly string[] =>
  block === undefined
    ? []
    : nodes.flatMap((seen) => {
        const head = headOf(seen);
        return head !== undefined && head < block ? [seen.nodeId] : [];
      });

/** Asks the nodes of an environment what they have, for pages and checks; nothing of it is recorded. */
export class NodeLooks {
  private readonly looked = new Map<string, Looked>();

  constructor(private readonly kit: Pick<Kit, 'clock' | 'nodes' | 'vault'>) {}

  /** A look of the last seconds, `undefined` while the first one takes long. Late is who is below an earlier head. */
  async recent(subject: Subject): Promise<NodeLook | undefined> {
    const { clock } = this.kit;
    const { environmentId } = subject.environment;
    const known = this.looked.get(environmentId);
    if (known !== undefined && clock.monotonicMs() - known.atMs < CACHED_MS) return this.waitFor(known);
    if (this.looked.size >= ENVIRONMENTS_MAX) this.looked.clear();
    const heads = known?.heads ?? [];
    const look = this.look(subject).then((seen) => this.judged(seen, heads));
    const next: Looked = { look, atMs: clock.monotonicMs(), last: known?.last, heads };
    this.looked.set(environmentId, next);
    void look.then((seen) => {
      next.last = seen;
      next.heads = this.headsWith(subject.environment, seen, heads);
    });
    return this.waitFor(next);
  }

  /** A look now. Who is below the others, or silent, is asked again: for ten seconds, or once. */
  async thorough(subject: Subject): Promise<NodeLook> {
    const { clock } = this.kit;
    const { environment } = subject;
    let look = await this.look(subject);
    const head = this.wanted(environment, look);
    const end = clock.monotonicMs() + PATIENCE_MS;
    let doubtful = look.nodes.filter((seen) => headOf(seen) === undefined).map(({ nodeId }) => nodeId);
    for (;;) {
      const again = new Set([...doubtful, ...below(look.nodes, head)]);
      if (again.size === 0 || clock.monotonicMs() >= end) break;
      await clock.sleep(AGAIN_MS);
      const more = await this.look(subject, again);
      const answers = new Map(more.nodes.map((seen) => [seen.nodeId, seen]));
      look = { ...look, nodes: look.nodes.map((seen) => answers.get(seen.nodeId) ?? seen) };
      doubtful = [];
    }
    return { ...look, late: below(look.nodes, head) };
  }

  private async waitFor({ look, last }: Looked): Promise<NodeLook | undefined> {
    const limit = new AbortController();
    try {
      return await Promise.race([look, this.kit.clock.sleep(WAIT_MS, limit.signal).then(() => last)]);
    } finally {
      limit.abort();
    }
  }

  private async look(subject: Subject, only?: ReadonlySet<string>): Promise<NodeLook> {
    const nodes = asked(subject, this.kit.clock).filter(({ nodeId }) => only?.has(nodeId) !== false);
    const { tip } = subject.backup;
    const seen = await Promise.all(nodes.map((node) => this.ask(node, subject.environment, tip)));
    return { at: toInstant(this.kit.clock.nowMs()), tip, nodes: seen, late: [] };
  }

  private async ask(
    node: NodeDescription,
    environment: LiveEnvironment,
    tip: BlockRef | undefined,
  ): Promise<NodeSeen> {
    const { nodeId } = node;
    try {
      const opened = await openNode(node, environment, this.kit);
      const heights = tip === undefined ? [] : [tip.number];
      const { head, genesisHash, headers } = await opened.survey(heights, { timeoutMs: ANSWER_MS });
      const [said] = headers;
      return { nodeId, head, genesisHash, tipHash: said?.kind === 'header' ? said.header.hash : undefined };
    } catch (error) {
      const { code, message } = toCodedError(error);
      return { nodeId, failure: { code, message } };
    }
  }

  /** What every node should reach: the block that enough validators have, and the last backed-up one. */
  private wanted(environment: LiveEnvironment, look: NodeLook): bigint | undefined {
    const head = quorumHead(environment, look);
    const tip = look.tip?.number;
    return head === undefined || (tip !== undefined && tip > head) ? tip : head;
  }

  private judged(look: NodeLook, heads: readonly Head[]): NodeLook {
    const since = this.kit.clock.monotonicMs() - PATIENCE_MS;
    const earlier = heads.findLast(({ atMs }) => atMs <= since);
    return { ...look, late: below(look.nodes, earlier?.head) };
  }

  /** The newest one that is old enough to judge by, and those since. */
  private headsWith(environment: LiveEnvironment, look: NodeLook, heads: readonly Head[]): readonly Head[] {
    const nowMs = this.kit.clock.monotonicMs();
    const head = this.wanted(environment, look);
    const all = head === undefined ? heads : [...heads, { head, atMs: nowMs }];
    const oldest = all.findLastIndex(({ atMs }) => atMs <= nowMs - PATIENCE_MS);
    return all.slice(Math.max(0, oldest));
  }
}
