import type { ErrorCode } from '#libs/kernel';
import type { Departure, RunWarning } from '../backup/backup.events.js';
import type { AgreementVerdict } from './agreement.types.js';
import { departuresOf } from './confirmations.js';
import { monitorLag, STALLED_BLOCKS, stalledText } from './freshness.js';
import type { Table } from './table.js';

/** Faults of a node that the run got over, but that somebody has to look at. */
const OWN_FAULTS: readonly ErrorCode[] = [
  'NODE_ANSWER_INVALID',
  'NODE_FOREIGN',
  'NODE_IDENTITY_UNSTABLE',
  'RANGE_MOVED',
];

/** What a search saw besides its verdict. A dispute says it all itself. */
export const warningsOf = (table: Table, verdict: AgreementVerdict): readonly RunWarning[] =>
  verdict.kind === 'agreed' || verdict.kind === 'no-new-block'
    ? [
        ...sharedIdentities(table),
        ...ownFaults(table),
        ...departures(table),
        ...(verdict.kind === 'agreed' ? stalledMonitor(table, verdict.backlogEnd) : []),
      ]
    : [];

const sharedIdentities = ({ identities, voters, apart }: Table): readonly RunWarning[] =>
  identities.shared(voters, apart.seats).map((nodes) => ({
    code: 'NODE_IDENTITY_DUPLICATE',
    message: `${nodes.join(' and ')} claim to be the same node. The rule holds whether they are one or several.`,
    nodes,
  }));

const ownFaults = ({ absentees }: Table): readonly RunWarning[] =>
  absentees.flatMap(({ id, code: outcome, cause, message }) => {
    const code = cause ?? outcome;
    const text = `${id} ${message.replace(/\.$/, '')}; it did not count in this run.`;
    return OWN_FAULTS.includes(code) ? [{ code, message: text, nodes: [id] }] : [];
  });

/** One warning for each block at which nodes left the chain; the monitor's when a quorum left it there together. */
const departures = (table: Table): readonly RunWarning[] => {
  const groups = new Map<string, Departure[]>();
  for (const each of departuresOf(table.voters)) {
    const key = `${each.height}/${each.hash}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [
          departure(
            table,
            group.map(({ nodeId }) => nodeId),
            first,
          ),
        ];
  });
};

const departure = (
  { apart, input }: Table,
  nodes: readonly string[],
  { height, hash, expected }: Departure,
): RunWarning => {
  const seats = apart.seats.filter((seat) => seat.some((id) => nodes.includes(id)));
  const others = nodes.join(', ');
  return seats.length >= apart.quorum
    ? {
        code: 'VALIDATOR_DEPARTED',
        message: `Monitor ${input.monitorId} leaves the chain of ${others} at block ${height}: it holds ${expected}, they hold ${hash}.`,
        nodes: [input.monitorId],
        height,
      }
    : {
        code: 'VALIDATOR_DEPARTED',
        message: `${others} left the chain at block ${height}, with ${hash} instead of ${expected}.`,
        nodes,
        height,
      };
};

const stalledMonitor = (table: Table, through: bigint): readonly RunWarning[] => {
  const { monitorId } = table.input;
  const lag = monitorLag(table, table.monitorHead, through);
  if (lag <= STALLED_BLOCKS) return [];
  const message = stalledText(table, table.monitorHead, lag);
  return [{ code: 'MONITOR_STALLED', message, nodes: [monitorId], height: table.monitorHead }];
};
