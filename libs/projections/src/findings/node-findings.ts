import { excuseAt, nthLargest, quorumOf, type LiveEnvironment, type NodeDescription } from '#libs/domain';
import { plainNumber, type BlockRef, type ErrorCode, type Hex, type Instant } from '#libs/kernel';
import { findingOf, type Finding, type FindingDraft } from './finding.js';

/** What one node answered. */
export type NodeSeen =
  | Readonly<{
      nodeId: string;
      head: bigint;
      genesisHash: Hex;
      /** Its block at the last backed-up height. */ tipHash: Hex | undefined;
    }>
  | Readonly<{ nodeId: string; failure: Readonly<{ code: ErrorCode; message: string }> }>;

/** One look at the monitor and the validators that are not excused. */
export type NodeLook = Readonly<{
  at: Instant;
  /** The last backed-up block that was asked for. */
  tip: BlockRef | undefined;
  nodes: readonly NodeSeen[];
  /** Nodes that had some seconds to reach the block that enough validators had, and did not. */
  late: readonly string[];
}>;

type Answered = Extract<NodeSeen, { head: bigint }>;
const isAnswer = (seen: NodeSeen): seen is Answered => 'head' in seen;

const validatorsOf = ({ nodes }: LiveEnvironment): readonly NodeDescription[] =>
  [...nodes.values()].filter(({ role }) => role === 'validator');

/**
 * The highest block that a quorum of the validators reaches, counting only those on the backed-up chain; `undefined` when
 * too few answer. No figure comes from one node alone.
 */
export const quorumHead = (environment: LiveEnvironment, { nodes, tip }: NodeLook): bigint | undefined => {
  const validators = new Set(validatorsOf(environment).map(({ nodeId }) => nodeId));
  const heads = nodes
    .filter(isAnswer)
    .filter(({ nodeId, tipHash }) => validators.has(nodeId) && isOnChain(tipHash, tip))
    .map(({ head }) => head);
  return validators.size === 0 ? undefined : nthLargest(heads, quorumOf(validators.size));
};

/** A node without that block holds no other one. */
const isOnChain = (tipHash: Hex | undefined, tip: BlockRef | undefined): boolean =>
  tip === undefined || tipHash === undefined || tipHash === tip.hash;

type Seen = Readonly<{
  environment: LiveEnvironment;
  look: NodeLook;
  node: NodeDescription;
  head: bigint | undefined;
}>;

const draft = (
  { look, node }: Seen,
  parts: Pick<FindingDraft, 'code' | 'severity' | 'message'>,
): FindingDraft => ({
  ...parts,
  last_looked: look.at,
  nodeId: node.nodeId,
  section: '/nodes',
});

/** Does a run end without a backup when this node does not answer? */
const isNeeded = ({ environment, look, node }: Seen): boolean => {
  if (node.role === 'monitor' || environment.settings.agreement.kind === 'all') return true;
  const validators = validatorsOf(environment);
  const answering = look.nodes
    .filter(isAnswer)
    .filter(({ nodeId }) => validators.some((one) => one.nodeId === nodeId));
  return answering.length < quorumOf(validators.length);
};

const titleOf = ({ nodeId, role }: NodeDescription): string =>
  role === 'monitor' ? `The monitor (${nodeId})` : nodeId;

const unreachable = (
  seen: Seen,
  { code, message }: Readonly<{ code: ErrorCode; message: string }>,
): FindingDraft => {
  const isMonitor = seen.node.role === 'monitor';
  return {
    ...draft(seen, {
      code: isMonitor ? 'MONITOR_UNREACHABLE' : 'VALIDATOR_UNREACHABLE',
      severity: isNeeded(seen) ? 'error' : 'warning',
      message: `${isMonitor ? 'The monitor' : seen.node.nodeId} is not answering: ${message}`,
    }),
    cause: code,
  };
};

const foreign = (seen: Seen, { genesisHash }: Answered, expected: Hex): FindingDraft =>
  draft(seen, {
    code: 'NODE_FOREIGN',
    severity: 'error',
    message: `${seen.node.nodeId} belongs to another chain: its block 0 is ${genesisHash}, not ${expected}.`,
  });

const departed = (seen: Seen, tipHash: Hex, tip: BlockRef): FindingDraft => ({
  ...draft(seen, {
    code: 'VALIDATOR_DIFFERS',
    severity: isNeeded(seen) ? 'error' : 'warning',
    message: `${seen.node.nodeId} has another block ${tip.number}: ${tipHash} instead of ${tip.hash}, which is backed up.`,
  }),
  evidence: { block: plainNumber(tip.number) },
});

const late = (seen: Seen, own: bigint, head: bigint): FindingDraft => {
  const { node, environment } = seen;
  const quorum = quorumOf(validatorsOf(environment).length);
  const isMonitor = node.role === 'monitor';
  return {
    ...draft(seen, {
      code: isMonitor ? 'MONITOR_STALLED' : 'VALIDATOR_LAGGING',
      severity: isMonitor ? 'error' : 'warning',
      message: `${titleOf(node)} is at block ${own}, but ${quorum} of ${validatorsOf(environment).length} validators have reached block ${head}.`,
    }),
    evidence: { block: plainNumber(own), head_block: plainNumber(head) },
  };
};

const draftOf = (seen: Seen, said: NodeSeen, genesisHash: Hex | undefined): FindingDraft | undefined => {
  const { look, head, node } = seen;
  if (!isAnswer(said)) return unreachable(seen, said.failure);
  if (genesisHash !== undefined && said.genesisHash !== genesisHash) return foreign(seen, said, genesisHash);
  const { tip } = look;
  if (tip !== undefined && said.tipHash !== undefined && said.tipHash !== tip.hash)
    return departed(seen, said.tipHash, tip);
  const isLate = look.late.includes(node.nodeId) && head !== undefined && said.head < head;
  return isLate ? late(seen, said.head, head) : undefined;
};

/** What a look at the nodes found. An excused validator raises nothing. */
export const nodeFindings = (
  environment: LiveEnvironment,
  look: NodeLook,
  genesisHash: Hex | undefined,
): readonly Finding[] => {
  const head = quorumHead(environment, look);
  return look.nodes.flatMap((said) => {
    const node = environment.nodes.get(said.nodeId);
    if (node === undefined || excuseAt(environment, node.nodeId, look.at) !== undefined) return [];
    const found = draftOf({ environment, look, node, head }, said, genesisHash);
    return found === undefined ? [] : [findingOf(environment, found)];
  });
};
