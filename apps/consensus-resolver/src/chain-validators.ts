import {
  compareValidators,
  type AgreementInput,
  type AgreementReport,
  type LiveEnvironment,
  type RunWarning,
} from '#libs/domain';
import type { Hex } from '#libs/kernel';
import type { Log } from '#libs/runtime';
import type { Participant, Participants } from './participants.js';

/** Bound on one question; nothing depends on its answer. */
const COMPARE_MS = 5_000;

export type ComparedRun = Readonly<{
  environment: LiveEnvironment;
  participants: Participants;
  input: AgreementInput;
  report: AgreementReport;
  log: Log;
  signal: AbortSignal;
}>;

/** The chain's own validators at the agreed end beside the registered ones: shown, never judged by. */
export const compareWithChain = async (run: ComparedRun): Promise<readonly RunWarning[]> => {
  const { environment, input, report, participants } = run;
  if (report.verdict.kind !== 'agreed') return [];
  const height = report.verdict.end.number;
  const agreeing = report.confirmations
    .filter(({ outcome }) => outcome === 'agrees')
    .map(({ nodeId }) => nodeId);
  const asked = [input.monitorId, ...agreeing].flatMap((id) => participants.get(id) ?? []);
  const sets = await Promise.all(
    asked.map((each) => ask(run, each, 'validators', (node, options) => node.validatorsAt(height, options))),
  );
  const onChain = mostStated(sets.flatMap((set) => (set === undefined ? [] : [set])));
  if (onChain === undefined) return [];
  const addresses = await addressesOf(run, environment.consensus);
  const { seats, excusedIds } = input;
  return compareValidators({
    seats,
    excusedIds,
    addresses,
    onChain,
    height,
    consensus: environment.consensus,
  });
};

const addressesOf = async (
  run: ComparedRun,
  environmentConsensus: LiveEnvironment['consensus'],
): Promise<ReadonlyMap<string, Hex>> => {
  const { input, participants } = run;
  const found = await Promise.all(
    input.validatorIds.map(async (id) => {
      const each = participants.get(id);
      if (each === undefined) return [];
      const { address, consensus = environmentConsensus } = each.description;
      if (address !== undefined) return [[id, address] as const];
      if (input.excusedIds.includes(id)) return [];
      const stated = await ask(run, each, 'its address', (node, options) =>
        node.validatorAddress(consensus, options),
      );
      return stated === undefined ? [] : [[id, stated] as const];
    }),
  );
  return new Map(found.flat());
};

type Ask<T> = (
  node: NonNullable<Participant['node']>,
  options: Readonly<{ timeoutMs: number; signal: AbortSignal }>,
) => Promise<T | undefined>;

const ask = async <T>(
  { log, signal }: ComparedRun,
  { node, description }: Participant,
  what: string,
  question: Ask<T>,
): Promise<T | undefined> => {
  if (node === undefined) return undefined;
  try {
    return await question(node, { timeoutMs: COMPARE_MS, signal });
  } catch (error) {
    signal.throwIfAborted();
    log.debug(`A node did not report ${what}.`, { node: description.nodeId, error });
    return undefined;
  }
};

/** The set that most nodes state; the first of those that are stated alike often (the monitor is asked first). */
const mostStated = (sets: readonly (readonly Hex[])[]): readonly Hex[] | undefined => {
  const counts = new Map<string, number>();
  for (const set of sets) counts.set(keyOf(set), (counts.get(keyOf(set)) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  return sets.find((set) => counts.get(keyOf(set)) === most);
};

const keyOf = (set: readonly Hex[]): string => [...set].sort().join();
