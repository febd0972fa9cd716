import type { ChainkeepEvent, EventData, EventType } from '#libs/contracts';
import { isSuperseded } from '#libs/domain';
import { plainNumber } from '#libs/kernel';
import {
  HISTORY_COLLECTIONS,
  HISTORY_PROJECTION,
  evidenceDocument,
  ordinalKey,
  type DeliveryDocument,
  type EnvironmentHistoryDocument,
  type RunDocument,
  type SegmentDocument,
} from './history-read-models.js';
import type { ReadModelChange, ReadModelRow } from '#libs/event-store';
import * as environments from './environment-document.js';
import type { Projected, Projection, RowView } from './projection.js';
import * as runs from './run-document.js';

const TYPES = [
  'BackupRequested',
  'BackupSkipped',
  'RangeAgreed',
  'RangeDisputed',
  'SegmentExported',
  'BranchSegmentKept',
  'SegmentsSuperseded',
  'BackupCompleted',
  'BackupFailed',
  'BackupOverdue',
  'SegmentDelivered',
  'SegmentHealed',
  'TargetChanged',
] as const satisfies readonly EventType[];

type HistoryEvent = Extract<ChainkeepEvent, { type: (typeof TYPES)[number] }>;
type BackupEvent = Exclude<HistoryEvent, { type: 'SegmentDelivered' | 'SegmentHealed' | 'TargetChanged' }>;
type Changes = readonly ReadModelChange[];
const { run, segment, environment, delivery } = HISTORY_COLLECTIONS;

const putRun = (document: RunDocument): ReadModelChange => ({
  kind: 'put',
  collection: run,
  id: document._id,
  parent: document.environment_id,
  sort: `${document.requested_at}/${document._id}`,
  document,
});

const putSegment = (environmentId: string, document: SegmentDocument): ReadModelChange => {
  const sort = ordinalKey(document.ordinal);
  return {
    kind: 'put',
    collection: segment,
    id: `${environmentId}/${sort}`,
    parent: environmentId,
    sort,
    document,
  };
};

/** Names in their order, as they are written. */
const segmentOf = (data: EventData<'SegmentExported'>, canonical: boolean): SegmentDocument => ({
  bytes: data.bytes,
  canonical_chain: canonical,
  certificate: data.certificate,
  content_root: data.contentRoot,
  date: data.date,
  end_block: { block: plainNumber(data.end), hash: data.endHash, parent_hash: data.endParentHash },
  ...(data.evidence === undefined ? {} : { evidence: evidenceDocument(data.evidence) }),
  exported_at: data.at,
  file: data.file,
  ordinal: data.ordinal,
  raftSwapFile: data.raftSwapFile,
  run_id: data.runId,
  sha256: data.sha256,
  source_node: data.sourceNode,
  start_block: { block: plainNumber(data.start), hash: data.startHash, parent_hash: data.parentHash },
  transactions: data.transactions,
});

const supersededSegments = (
  environmentId: string,
  rows: readonly ReadModelRow[],
  data: EventData<'SegmentsSuperseded'>,
): Changes =>
  rows
    .map(({ document }) => document as SegmentDocument)
    .filter(({ canonical_chain: canonical, start_block, ordinal }) =>
      isSuperseded({ canonical, start: BigInt(start_block.block), ordinal }, data),
    )
    .map((document) => putSegment(environmentId, { ...document, canonical_chain: false }));

/** The run after an event; `undefined` when the event is about none. */
const runAfter = (before: RunDocument, { type, data }: BackupEvent): RunDocument | undefined => {
  switch (type) {
    case 'RangeAgreed':
      return runs.agreedRun(before, data);
    case 'SegmentExported':
    case 'BranchSegmentKept':
      return runs.exportedRun(before, data);
    case 'SegmentsSuperseded':
      return runs.supersedingRun(before, data);
    case 'BackupCompleted':
      return runs.completedRun(before, data);
    case 'BackupSkipped':
      return runs.skippedRun(before, data);
    case 'RangeDisputed':
      return runs.disputedRun(before, data);
    case 'BackupFailed':
      return runs.failedRun(before, data);
    case 'BackupRequested':
    case 'BackupOverdue':
      return undefined;
  }
};

const environmentAfter = (
  before: EnvironmentHistoryDocument,
  { type, data }: BackupEvent,
): EnvironmentHistoryDocument => {
  switch (type) {
    case 'BackupRequested':
      return environments.requestedIn(before, data);
    case 'RangeAgreed':
      return environments.agreedIn(before, data);
    case 'SegmentExported':
      return environments.exportedIn(before, data);
    case 'BranchSegmentKept':
      return environments.keptIn(before, data);
    case 'SegmentsSuperseded':
      return environments.supersededIn(before, data);
    case 'BackupOverdue':
      return environments.overdueIn(before, data.since);
    case 'BackupCompleted':
      return environments.completedIn(before, data.snapshot);
    case 'BackupSkipped':
    case 'RangeDisputed':
    case 'BackupFailed':
      return environments.closedIn(before, data.snapshot);
  }
};

const runChanges = async (event: BackupEvent, view: RowView): Promise<Changes> => {
  if (event.type === 'BackupRequested') return [putRun(runs.requestedRun(event.data))];
  if (event.type === 'BackupOverdue') return [];
  const before = (await view.get(run, event.data.runId)) as RunDocument | undefined;
  const after = before && runAfter(before, event);
  return after === undefined ? [] : [putRun(after)];
};

const segmentChanges = async (id: string, { type, data }: BackupEvent, view: RowView): Promise<Changes> => {
  if (type === 'SegmentExported' || type === 'BranchSegmentKept')
    return [putSegment(id, segmentOf(data, type === 'SegmentExported'))];
  if (type !== 'SegmentsSuperseded') return [];
  return supersededSegments(id, await view.rowsOf(segment, id), data);
};

const backupChanges = async (id: string, event: BackupEvent, view: RowView): Promise<Changes> => {
  const found = (await view.get(environment, id)) as EnvironmentHistoryDocument | undefined;
  const document = environmentAfter(found ?? environments.emptyEnvironment, event);
  return [
    { kind: 'put', collection: environment, id, document },
    ...(await runChanges(event, view)),
    ...(await segmentChanges(id, event, view)),
  ];
};

const delivered = (
  targetId: string,
  data: EventData<'SegmentDelivered'> | EventData<'SegmentHealed'>,
): Changes => {
  const { at, bytes, destination, etag, file, ordinal, sha256 } = data;
  // In the order of their names: most rows are deliveries, and are written in that order.
  const document: DeliveryDocument = {
    at,
    bytes,
    destination,
    etag,
    file,
    ordinal,
    sha256,
    state: 'delivered',
  };
  const sort = ordinalKey(ordinal);
  return [{ kind: 'put', collection: delivery, id: `${targetId}/${sort}`, parent: targetId, sort, document }];
};

/** The list is of what lies at the target's destination: it starts again when the target moves. */
const moved = async (targetId: string, destination: string, view: RowView): Promise<Changes> =>
  (await view.rowsOf(delivery, targetId))
    .filter(({ document }) => (document as DeliveryDocument).destination !== destination)
    .map(({ id }) => ({ kind: 'delete', collection: delivery, id }));

const project = async (id: string, event: HistoryEvent, view: RowView): Promise<Changes> => {
  if (event.type === 'SegmentDelivered' || event.type === 'SegmentHealed') return delivered(id, event.data);
  if (event.type === 'TargetChanged') return moved(id, event.data.destination, view);
  return backupChanges(id, event, view);
};

/** Runs, files and deliveries, as the API shows them. */
export const historyProjection: Projection = {
  name: HISTORY_PROJECTION,
  version: 4,
  types: new Set<EventType>(TYPES),
  isReadBack: ({ collection, document }) =>
    collection === environment || (collection === run && (document as RunDocument).finished_at === undefined),
  project: async ({ id, event }: Projected, view) => project(id, event as HistoryEvent, view),
};
