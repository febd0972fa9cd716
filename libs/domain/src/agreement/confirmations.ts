import type { BlockRef } from '#libs/kernel';
import type { Confirmation, Departure } from '../backup/backup.events.js';
import type { Seat } from './agreement.types.js';
import type { Table } from './table.js';
import { isDecided, isExact, type Voter } from './voters.js';

/** The departures that are known exactly: a search that was cut short claims none it did not find. */
export const departuresOf = (voters: readonly Voter[]): readonly Departure[] =>
  voters.flatMap((voter) =>
    voter.differs && isExact(voter) ? [{ nodeId: voter.id, ...voter.differs }] : [],
  );

const confirmationOf = (voter: Voter, end: BlockRef): Confirmation => {
  const { id, agrees, differs, head } = voter;
  if (agrees >= end.number) return { nodeId: id, outcome: 'agrees', hash: end.hash, head };
  if (differs && differs.height <= end.number) {
    const at = differs.height === end.number ? { hash: differs.hash } : {};
    const known = isExact(voter)
      ? `departs at block ${differs.height}`
      : `has left by block ${differs.height}`;
    return { nodeId: id, outcome: 'differs', head, ...at, detail: known };
  }
  return { nodeId: id, outcome: 'behind', head, detail: `has ${head} as its newest block` };
};

/** A node that only repeats what another node of its seat said counts once, with that one. */
const countedOnce = (
  said: Confirmation,
  before: readonly Confirmation[],
  seats: readonly Seat[],
): Confirmation => {
  const seat = seats.find((ids) => ids.includes(said.nodeId)) ?? [];
  const first = before.find(({ nodeId, outcome }) => outcome === 'agrees' && seat.includes(nodeId));
  if (said.outcome !== 'agrees' || first === undefined) return said;
  return { ...said, outcome: 'duplicate', detail: `is the same validator as ${first.nodeId}` };
};

/** What each validator said of the block `end`; only absentees when no height was reached. Nothing is made up. */
export const confirmationsAt = (
  end: BlockRef | undefined,
  { voters, absentees, identities, input }: Table,
): readonly Confirmation[] => {
  const said: Confirmation[] = [];
  for (const voter of voters) {
    if (end === undefined || !isDecided(voter, end.number)) continue;
    const own = confirmationOf(voter, end);
    const isMonitor = own.outcome === 'agrees' && identities.isSame(voter.id, input.monitorId);
    said.push(countedOnce(isMonitor ? { ...own, detail: 'is the monitor too' } : own, said, input.seats));
  }
  return [
    ...said,
    ...absentees.map(({ id, outcome, message }): Confirmation => ({ nodeId: id, outcome, detail: message })),
  ];
};
