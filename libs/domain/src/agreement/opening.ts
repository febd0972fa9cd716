import type { AgreementVerdict, Seat, SurveyAnswer, SurveyAnswers } from './agreement.types.js';
import { disputed, type Table } from './table.js';

type Answered = Extract<SurveyAnswer, { kind: 'answered' }>;
type Said = ReadonlyMap<string, Answered>;

/** Reads the opening round: genesis, chain id, and who holds the last backed-up block. A verdict when it ends here. */
export const judgeOpening = (table: Table, opening: SurveyAnswers): AgreementVerdict | undefined => {
  const { input } = table;
  const monitor = opening.get(input.monitorId);
  if (monitor?.kind !== 'answered' || table.monitorDown !== undefined) {
    seed(table, opening);
    return table.refusal();
  }
  const said = answered(table, opening);
  table.genesis = input.genesisHash ?? common(table, said, (each) => each.genesisHash) ?? monitor.genesisHash;
  const chainId = input.chainId ?? common(table, said, (each) => each.chainId) ?? monitor.chainId;
  const changed = judgeMonitor(table, said, { monitor, chainId });
  // A monitor of another chain says nothing about the chain id of the others.
  dropForeign(table, said, changed === undefined ? chainId : undefined);
  seed(table, opening);
  return changed ?? table.refusal();
};

/** What a quorum says alike, however those are counted that claim one identity. */
const common = <T>(table: Table, said: Said, read: (answer: Answered) => T): T | undefined => {
  const says = (seat: Seat, value: T): boolean => {
    const own = seat.flatMap((id) => said.get(id) ?? []);
    return own.length > 0 && own.every((answer) => read(answer) === value);
  };
  const values = new Set([...said.values()].map(read));
  return [...values].find((value) => table.reached((seat) => says(seat, value), 'quorum') === 'yes');
};

const answered = (table: Table, answers: SurveyAnswers): Said =>
  new Map(
    table.voters.flatMap(({ id }) => {
      const answer = answers.get(id);
      return answer?.kind === 'answered' ? [[id, answer] as const] : [];
    }),
  );

const dropForeign = (table: Table, said: Said, chainId: bigint | undefined): void => {
  for (const [id, answer] of said) {
    const sameChain = chainId === undefined || answer.chainId === chainId;
    if (sameChain && answer.genesisHash === table.genesis) continue;
    const message = `answers for chain ${answer.chainId} with genesis ${answer.genesisHash}`;
    table.drop([id], 'foreign', 'NODE_FOREIGN', message);
  }
};

const judgeMonitor = (
  table: Table,
  said: Said,
  { monitor, chainId }: Readonly<{ monitor: Answered; chainId: bigint }>,
): AgreementVerdict | undefined => {
  const { monitorId } = table.input;
  if (monitor.chainId !== chainId) {
    const text = `Monitor ${monitorId} answers for chain ${monitor.chainId}; chain ${chainId} is expected.`;
    return disputed('NODE_FOREIGN', text, false);
  }
  if (monitor.genesisHash === table.genesis) return undefined;
  const text = `Block 0 of ${monitorId} is ${monitor.genesisHash}; ${table.genesis} is expected.`;
  const isCommon = common(table, said, (each) => each.genesisHash) === monitor.genesisHash;
  return disputed(isCommon ? 'GENESIS_CHANGED' : 'NODE_FOREIGN', text, false);
};

/** What the voters said of the last backed-up block. */
const seed = (table: Table, opening: SurveyAnswers): void => {
  const { lastEnd } = table.input;
  const missing: string[] = [];
  for (const voter of table.voters) {
    const answer = opening.get(voter.id);
    if (answer?.kind !== 'answered') continue;
    voter.head = answer.head;
    voter.cap = answer.head;
    if (lastEnd === undefined) continue;
    const said = answer.heights.get(lastEnd.number);
    if (said?.kind === 'above-head') continue;
    if (said?.kind !== 'header') missing.push(voter.id);
    else if (said.header.hash === lastEnd.hash) voter.agrees = lastEnd.number;
    else voter.differs = { height: lastEnd.number, hash: said.header.hash, expected: lastEnd.hash };
  }
  table.dropMissing(missing);
};
