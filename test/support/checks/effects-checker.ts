import type { StoredEvent } from '#libs/event-sourcing';

type Data = Readonly<Record<string, unknown>>;

/** Events that close a run; at most one of them for each. */
const CLOSING = new Set(['BackupCompleted', 'BackupSkipped', 'RangeDisputed', 'BackupFailed']);
/** Events of which a run has one at most. */
const ONCE_A_RUN = ['BackupRequested', 'RangeAgreed', 'BackupCompleted'] as const;

const twice = (values: readonly string[]): readonly string[] => [
  ...new Set(values.filter((value, index) => values.indexOf(value) !== index)),
];
const dataOf = ({ data }: StoredEvent): Data => data as Data;
const textOf = (event: StoredEvent, name: string): string => String(dataOf(event)[name]);
const ofType = (events: readonly StoredEvent[], type: string): readonly StoredEvent[] =>
  events.filter((event) => event.type === type);

const checkPlaces = (stream: string, events: readonly StoredEvent[]): string[] =>
  events.flatMap(({ revision }, index) =>
    revision === BigInt(index) ? [] : [`${stream}: revision ${revision} stands at place ${index}`],
  );

const checkRuns = (stream: string, events: readonly StoredEvent[]): string[] => {
  const repeated = ONCE_A_RUN.flatMap((type) =>
    twice(ofType(events, type).map((event) => textOf(event, 'runId'))).map(
      (run) => `${stream}: ${type} twice for run ${run}`,
    ),
  );
  const closed = events.filter(({ type }) => CLOSING.has(type)).map((event) => textOf(event, 'runId'));
  return [...repeated, ...twice(closed).map((run) => `${stream}: run ${run} was closed twice`)];
};

/** Each file once, in order, each beginning after the one before. */
const checkFiles = (stream: string, events: readonly StoredEvent[]): string[] => {
  let next = 0n;
  return ofType(events, 'SegmentExported').flatMap((event, ordinal) => {
    const { start, end, ordinal: said } = dataOf(event);
    const problems = [
      ...(said === ordinal ? [] : [`${stream}: file ${ordinal} says that it is ${String(said)}`]),
      ...(BigInt(String(start)) === next
        ? []
        : [`${stream}: a file begins at ${String(start)}, not ${next}`]),
    ];
    next = BigInt(String(end)) + 1n;
    return problems;
  });
};

const checkDeliveries = (stream: string, events: readonly StoredEvent[]): string[] => {
  const delivered = ofType(events, 'SegmentDelivered').flatMap((event, ordinal) =>
    dataOf(event)['ordinal'] === ordinal ? [] : [`${stream}: delivery ${ordinal} is of another file`],
  );
  const announced = twice(ofType(events, 'DeliveryDue').map((event) => textOf(event, 'ordinal')));
  return [...delivered, ...announced.map((ordinal) => `${stream}: file ${ordinal} was announced twice`)];
};

/**
 * What is wrong in a log in which every step must have had its effect once: an event or a file or a delivery twice or
 * out of order, a run closed twice. Of a log without a fork and without healing.
 */
export const effectsTwice = (events: readonly StoredEvent[]): readonly string[] => {
  const streams = new Map<string, StoredEvent[]>();
  for (const event of events) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  const ids = twice(events.map(({ id }) => id)).map((id) => `event ${id} twice`);
  const inStreams = [...streams].flatMap(([stream, own]) => [
    ...checkPlaces(stream, own),
    ...(stream.startsWith('backup-') ? [...checkRuns(stream, own), ...checkFiles(stream, own)] : []),
    ...(stream.startsWith('target-') ? checkDeliveries(stream, own) : []),
  ]);
  return [...ids, ...inStreams];
};
