import { isCodedError } from '#libs/kernel';

import type { AskOptions, ChainProvider, ProbeExpectation, NodeCheck, Survey } from '../chain-node.js';
import { apiCure, clientKind, type ClientKind } from './client-profile.js';
import { oldestBody } from './oldest-body.js';
import type { RawSource } from './raw-source.js';
import type { Surveyor } from './survey.js';
import type { ValidatorSource } from './validators.js';

const PROBE_TIMEOUT_MS = 10_000;
const SKEW_MAX_MS = 60_000;
const STALE_MAX_MS = 3_600_000;
/** Blocks that a node may lack before `plan` says that it is behind. */
const BEHIND_MAX = 100n;
/** A timestamp above this is in nanoseconds (Quorum Raft). */
const SECONDS_MAX = 100_000_000_000n;

type Check = NodeCheck['check'];

const ok = (check: Check, detail: string): NodeCheck => ({ check, status: 'ok', detail, cure: '' });

export type ProbedParts = Readonly<{
  surveyor: Surveyor;
  source: RawSource;
  validators: ValidatorSource;
  /** The client the node was registered with: a hint that the node's own word is compared with. */
  declared: ChainProvider;
}>;

/** All that `plan` shows of a node. A failing check is a finding, and the others still run where they can. */
export const probeNode = async (
  { surveyor, source, validators, declared }: ProbedParts,
  expected: ProbeExpectation,
): Promise<readonly NodeCheck[]> => {
  const ask: AskOptions = { timeoutMs: PROBE_TIMEOUT_MS, signal: expected.signal };
  const survey = await finding('reachable', () => surveyor.survey([], ask));
  if ('check' in survey) return [survey];
  const identity = await finding('client', () => surveyor.identity(ask));
  const version = 'check' in identity ? undefined : identity.clientVersion;
  const kind = version === undefined ? declared : clientKind(version);
  return [
    await reachableFinding(surveyor, survey.head, ask),
    chainIdFinding(survey, expected),
    genesisFinding(survey, expected),
    await rawFinding(source, kind, ask),
    await oldestFinding(source, survey.head, ask),
    clockFinding(survey, expected.nowMs),
    'check' in identity ? identity : clientFinding(version, kind, declared),
    await validatorsFinding(validators, { kind, head: survey.head, ask }),
  ];
};

/** The value, or a failed finding made of the coded error. */
const finding = async <T extends object>(check: Check, work: () => Promise<T>): Promise<T | NodeCheck> => {
  try {
    return await work();
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return { check, status: 'fail', detail: error.message, cure: error.hint };
  }
};

/** A head of 0 and a node that says it is still fetching blocks are not faults, but the node can't confirm much yet. */
const reachableFinding = async (surveyor: Surveyor, head: bigint, ask: AskOptions): Promise<NodeCheck> => {
  const behind = await finding('reachable', async () => ({ highest: await surveyor.syncTarget(ask) }));
  const highest = 'check' in behind ? undefined : behind.highest;
  const isFar = highest !== undefined && highest - head > BEHIND_MAX;
  if (head > 0n && !isFar) return ok('reachable', `The node answers; its head is block ${head}.`);
  const what = head === 0n ? 'is still at its genesis block' : `has only got to block ${head}`;
  return {
    check: 'reachable',
    status: 'warn',
    detail: `The node answers, but it ${what}${isFar ? ` and says that the chain is at block ${highest}` : ''}.`,
    cure: isFar
      ? 'Wait until the node has caught up. Until then it confirms no newer blocks.'
      : 'Check the peers of the node, unless the chain is about to start. Until then it confirms no blocks.',
  };
};

const chainIdFinding = (survey: Survey, { chainId }: ProbeExpectation): NodeCheck =>
  chainId === undefined || chainId === survey.chainId
    ? ok('chain-id', `The chain ID is ${survey.chainId}.`)
    : {
        check: 'chain-id',
        status: 'fail',
        detail: `The chain ID is ${survey.chainId}, not ${chainId}.`,
        cure: 'Correct the URL of the node: it answers for a different network.',
      };

const genesisFinding = (survey: Survey, { genesisHash }: ProbeExpectation): NodeCheck =>
  genesisHash === undefined || genesisHash === survey.genesisHash
    ? ok('genesis', `The genesis is ${survey.genesisHash}.`)
    : {
        check: 'genesis',
        status: 'fail',
        detail: `The genesis is ${survey.genesisHash}, not ${genesisHash}.`,
        cure: 'Correct the URL of the node, or create a separate environment for this chain.',
      };

const clientFinding = (version: string | undefined, kind: ClientKind, declared: ChainProvider): NodeCheck => {
  if (version === undefined) {
    return ok('client', `The node does not say which client it runs; Chainkeep treats it as ${declared}.`);
  }
  const said = `The client calls itself ${version}`;
  if (kind === 'other' || kind === declared) return ok('client', `${said}.`);
  return {
    check: 'client',
    status: 'warn',
    detail: `${said}; it is registered as ${declared}, but Chainkeep treats it as ${kind}.`,
    cure: `Set the provider of the node to ${kind}.`,
  };
};

const validatorsFinding = async (
  validators: ValidatorSource,
  { kind, head, ask }: Readonly<{ kind: ClientKind; head: bigint; ask: AskOptions }>,
): Promise<NodeCheck> => {
  const found = await finding('validators', async () => ({ list: await validators.at(head, ask) }));
  if ('check' in found) return found;
  if (found.list !== undefined) {
    const count = `${found.list.length} validator${found.list.length === 1 ? '' : 's'}`;
    return ok('validators', `The node reports ${count} (${validators.method ?? 'no method'}).`);
  }
  return {
    check: 'validators',
    status: 'warn',
    detail: 'The node does not report the validators. Chainkeep reads them from the block headers.',
    cure: apiCure(kind, 'validators'),
  };
};

const rawFinding = async (source: RawSource, kind: ClientKind, ask: AskOptions): Promise<NodeCheck> => {
  const found = await finding('raw-blocks', async () => ({ method: await source.method(ask) }));
  if ('check' in found) return found;
  if (found.method !== 're-encode') return ok('raw-blocks', `The node offers raw blocks (${found.method}).`);
  return {
    check: 'raw-blocks',
    status: 'warn',
    detail: 'The node does not offer raw blocks, so Chainkeep encodes them from eth_getBlockByNumber.',
    cure: `To gather about four times faster: ${apiCure(kind, 'raw-blocks')}`,
  };
};

const oldestFinding = async (source: RawSource, head: bigint, ask: AskOptions): Promise<NodeCheck> => {
  const found = await finding('oldest-block', async () => ({ oldest: await oldestBody(source, head, ask) }));
  if ('check' in found) return found;
  if (found.oldest === 0n) return ok('oldest-block', 'The node has every block since block 0.');
  return {
    check: 'oldest-block',
    status: 'warn',
    detail:
      found.oldest === undefined
        ? 'The node has no block bodies.'
        : `The oldest block with a body is ${found.oldest}.`,
    cure: 'Use an archive node or a full node with all history as the monitor, or add one that has the older blocks.',
  };
};

const clockFinding = (survey: Survey, nowMs: number): NodeCheck => {
  const stamp = survey.headTimestamp;
  const headMs = Number(stamp > SECONDS_MAX ? stamp / 1_000_000n : stamp * 1000n);
  const aheadMs = headMs - nowMs;
  if (aheadMs > SKEW_MAX_MS) {
    return {
      check: 'clock',
      status: 'warn',
      detail: `The newest block is ${Math.round(aheadMs / 1000)} s ahead of the clock of this machine.`,
      cure: 'Synchronize the clocks of the validators and of this machine with NTP.',
    };
  }
  if (-aheadMs <= STALE_MAX_MS || survey.head === 0n) return ok('clock', 'The newest block is recent.');
  return {
    check: 'clock',
    status: 'warn',
    detail: `The newest block is ${Math.round(-aheadMs / 60_000)} minutes old.`,
    cure: 'No action needed if the chain is idle. Otherwise check that the node follows the chain and that the clocks are right.',
  };
};
