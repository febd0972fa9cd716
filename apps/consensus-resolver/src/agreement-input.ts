import {
  canonicalFiles,
  excuseAt,
  seatsOf,
  supersededStarts,
  type AgreementInput,
  type LiveEnvironment,
  type RegisteredValidator,
  type RequestedBackup,
} from '#libs/domain';
import { toEpochMs, toInstant, type BlockRef } from '#libs/kernel';
import type { ServicePorts } from '#libs/services';
import type { Participants } from './participants.js';

const HOUR_MS = 3_600_000;

type Asked = Readonly<{
  environment: LiveEnvironment;
  backup: RequestedBackup;
  participants: Participants;
}>;

export const registered = (participants: Participants): readonly RegisteredValidator[] =>
  [...participants.values()]
    .filter(({ description }) => description.role === 'validator')
    .map(({ description, place }) => ({ ...description, place }));

const declaredChainId = ({ extra }: LiveEnvironment): bigint | undefined => {
  const chainId = extra?.['chain_id'];
  return typeof chainId === 'number' && Number.isSafeInteger(chainId) && chainId > 0
    ? BigInt(chainId)
    : undefined;
};

/** `all_then_quorum` asks for all until nothing was agreed for that many hours. */
const ruleOf = (
  { settings, enabledAt }: LiveEnvironment,
  { lastSuccessAt, run }: RequestedBackup,
  nowMs: number,
): 'all' | 'quorum' => {
  const { agreement } = settings;
  if (agreement.kind !== 'all_then_quorum') return agreement.kind;
  const since = toEpochMs(lastSuccessAt ?? enabledAt ?? run.requestedAt);
  return nowMs - since > agreement.afterHours * HOUR_MS ? 'quorum' : 'all';
};

/** What the validators are asked; `undefined` without a monitor or a validator. */
export const agreementInput = async (
  { environment, backup, participants }: Asked,
  { clock, histories }: Pick<ServicePorts, 'clock' | 'histories'>,
): Promise<AgreementInput | undefined> => {
  const nodes = [...environment.nodes.values()];
  const monitor = nodes.find(({ role }) => role === 'monitor');
  const validators = nodes.filter(({ role }) => role === 'validator');
  if (monitor === undefined || validators.length === 0) return undefined;
  const history = await histories.read(environment.environmentId);
  const now = toInstant(clock.nowMs());
  const { held, tip } = backup;
  const validatorIds = validators.map(({ nodeId }) => nodeId);
  return {
    monitorId: monitor.nodeId,
    validatorIds,
    excusedIds: validatorIds.filter((id) => excuseAt(environment, id, now) !== undefined),
    seats: seatsOf(registered(participants)),
    rule: ruleOf(environment, backup, clock.nowMs()),
    minConfirmations: BigInt(environment.settings.minConfirmations),
    segmentBlocks: environment.settings.segmentBlocks,
    lastEnd: tip,
    fileEnds: canonicalFiles(history).map(({ end, endHash }): BlockRef => ({ number: end, hash: endHash })),
    supersededStarts: [
      ...supersededStarts(history, tip === undefined ? 0n : tip.number + 1n),
      // What an operator releases is exactly the file that was held back.
      ...(held === undefined ? [] : [held.end + 1n]),
    ],
    genesisHash: backup.genesisHash ?? environment.genesis?.genesisHash,
    chainId: declaredChainId(environment),
  };
};
