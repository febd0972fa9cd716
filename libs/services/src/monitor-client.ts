import type { ChainNode } from '#libs/chain';
import type { LiveEnvironment, NodeDescription } from '#libs/domain';
import { CodedError, type Clock } from '#libs/kernel';
import { endpointOf } from './node-endpoint.js';
import type { ServicePorts } from './service-ports.js';

const POLL_MS = 250;
const ASK_MS = 2_000;
const ANSWER_MS = 60_000;
const STARTS_MAX = 3;

/** The node that blocks are taken from. Throws `AGREEMENT_NO_MONITOR` when the environment has none. */
export const monitorOf = ({ environmentId, nodes }: LiveEnvironment): NodeDescription => {
  const monitor = [...nodes.values()].find(({ role }) => role === 'monitor');
  if (monitor !== undefined) return monitor;
  throw new CodedError('AGREEMENT_NO_MONITOR', `Environment ${environmentId} has no monitor.`);
};

/** A registered node, opened. Rejects as `endpointOf`. */
export const openNode = async (
  node: NodeDescription,
  environment: LiveEnvironment,
  { nodes, vault }: Pick<ServicePorts, 'nodes' | 'vault'>,
): Promise<ChainNode> =>
  nodes.open({
    id: node.nodeId,
    endpoint: await endpointOf(node, vault),
    provider: node.provider ?? environment.provider,
    blockBytesMax: environment.settings.blockBytesMax,
  });

export type StartClient = Readonly<{
  /** Gives the start command; may fail because the client runs already. */
  start: () => Promise<void>;
  node: ChainNode;
  clock: Clock;
  /** How long it must go on answering, for a client that may be in the middle of halting; in ms. */
  steadyMs?: number;
  /** Bound on one wait for the first answer, in ms. */
  answerMs?: number;
  startsMax?: number;
}>;

/** Starts a client until it answers RPC. Rejects with the last error of the command or the node. */
export const startClient = async (request: StartClient): Promise<void> => {
  let last: unknown;
  for (let attempt = 0; attempt < (request.startsMax ?? STARTS_MAX); attempt += 1) {
    try {
      await request.start();
    } catch (error) {
      last = error;
    }
    const silence = await answers(request);
    if (silence === undefined) return;
    last ??= silence;
  }
  throw last;
};

/** `undefined` when the node answers, and goes on doing so; else why not. */
const answers = async ({
  node,
  clock,
  steadyMs = 0,
  answerMs = ANSWER_MS,
}: StartClient): Promise<unknown> => {
  const end = clock.monotonicMs() + answerMs;
  for (;;) {
    try {
      await node.survey([], { timeoutMs: ASK_MS });
      if (steadyMs === 0) return undefined;
      await clock.sleep(steadyMs);
      await node.survey([], { timeoutMs: ASK_MS });
      return undefined;
    } catch (error) {
      if (clock.monotonicMs() > end) return error;
      await clock.sleep(POLL_MS);
    }
  }
};
