import type { AgreementVerdict, Seat } from './agreement.types.js';
import { disputed, type Table } from './table.js';
import { headOf } from './seats.js';

/** A monitor this many blocks below the head of a quorum has stalled. */
export const STALLED_BLOCKS = 256n;

/** A dispute that may pass by itself within seconds: a block is on its way to some of the nodes. */
export type Passing = Readonly<{ kind: 'passing'; verdict: AgreementVerdict }>;

/** How far the monitor is below the head of a quorum that holds the chain at `through`; 0 when it is not. */
export const monitorLag = (table: Table, monitorHead: bigint, through: bigint): bigint => {
  const head = table.headAt(through, 'quorum') ?? monitorHead;
  return head > monitorHead ? head - monitorHead : 0n;
};

export const stalledText = ({ input }: Table, monitorHead: bigint, lag: bigint): string =>
  `Monitor ${input.monitorId} is at block ${monitorHead}; a quorum of the validators is at block ${monitorHead + lag}.`;

const atHeads = (table: Table, ids: readonly string[]): string =>
  table.voters
    .filter(({ id }) => ids.includes(id))
    .map(({ id, head }) => `${id} (at ${head})`)
    .join(', ');

/**
 * Nothing above `last` can be agreed on. That is no news only when as many validators as the rule needs say so: they
 * hold `last`, and their heads lie at most the wanted confirmations above it. `undefined` when too few hold `last`.
 */
export const judgeStillness = (
  table: Table,
  last: bigint,
  monitorHead: bigint,
): AgreementVerdict | Passing | undefined => {
  const newest = last + table.input.minConfirmations;
  const holding = (seat: Seat): bigint | undefined => {
    const head = headOf(seat, table.voters, last);
    return head !== undefined && head >= last ? head : undefined;
  };
  const still = (seat: Seat): boolean => {
    const head = holding(seat);
    return head !== undefined && head <= newest;
  };
  const fresh = table.reached(still);
  if (fresh === 'yes') return { kind: 'no-new-block' };
  if (fresh === 'doubted') return table.doubt();
  const ahead = (seat: Seat): boolean => (holding(seat) ?? newest) > newest;
  const lag = monitorLag(table, monitorHead, last);
  const stalled = disputed('MONITOR_STALLED', stalledText(table, monitorHead, lag));
  if (lag > STALLED_BLOCKS) return stalled;
  if (monitorHead <= newest && table.reached(ahead) !== 'no') return { kind: 'passing', verdict: stalled };
  if (table.reached((seat) => holding(seat) !== undefined) === 'no') return undefined;
  const late = table.apart.seats.filter(still).flat();
  const early = table.apart.seats.filter(ahead).flat();
  const monitor = monitorHead <= newest ? `, monitor ${table.input.monitorId} (at ${monitorHead})` : '';
  const reason = `Some nodes have blocks above ${newest}, others do not: ${atHeads(table, early)}; ${atHeads(table, late)}${monitor}.`;
  const code = table.input.rule === 'all' ? 'VALIDATOR_BEHIND' : 'QUORUM_NOT_REACHED';
  return { kind: 'passing', verdict: disputed(code, reason) };
};
