import type { z } from 'zod';
import type {
  BackupEvent,
  ConfigurationEvent,
  ConsortiumEvent,
  EnvironmentEvent,
  InstallationEvent,
  MemberEvent,
  RequestEvent,
  TargetEvent,
} from '#libs/domain';
import * as backup from './backup.events.js';
import * as consortium from './consortium.events.js';
import * as environment from './environment.events.js';
import * as installation from './installation.events.js';
import * as request from './request.events.js';
import * as target from './target.events.js';
import type { VersionedContract } from './versioned-codec.js';

/** Every event of the product. */
export type ChainkeepEvent =
  | BackupEvent
  | EnvironmentEvent
  | TargetEvent
  | ConsortiumEvent
  | MemberEvent
  | ConfigurationEvent
  | RequestEvent
  | InstallationEvent;

export type EventType = ChainkeepEvent['type'];
export type EventData<Type extends EventType> = Extract<ChainkeepEvent, { type: Type }>['data'];

/** The newest version of an event's JSON form. Older versions are brought up by upcasters before it is read. */
export type EventContract<Type extends EventType = EventType> = VersionedContract &
  Readonly<{ schema: z.ZodType<EventData<Type>> }>;

const v1 = <Schema>(schema: Schema): Readonly<{ version: 1; schema: Schema }> => ({ version: 1, schema });

/** One entry an event type: the JSON form on the bus, in the store and in docs/reference/events.md. */
export const EVENT_CONTRACTS = {
  BackupRequested: v1(backup.backupRequestedV1),
  BackupSkipped: v1(backup.backupSkippedV1),
  RangeAgreed: { version: 2, schema: backup.rangeAgreedV2, upcasters: [backup.rangeAgreedFromV1] },
  RangeDisputed: v1(backup.rangeDisputedV1),
  SegmentExported: v1(backup.segmentExportedV1),
  SegmentStaged: v1(backup.segmentExportedV1),
  BranchSegmentKept: v1(backup.segmentExportedV1),
  SegmentProgressed: v1(backup.segmentProgressedV1),
  SegmentsSuperseded: v1(backup.segmentsSupersededV1),
  SupersessionDecided: v1(backup.supersessionDecidedV1),
  BackupCompleted: v1(backup.backupCompletedV1),
  BackupFailed: v1(backup.backupFailedV1),
  SegmentReleased: v1(backup.segmentReleasedV1),
  EvidenceReanchored: v1(backup.evidenceReanchoredV1),
  BackupWoken: v1(backup.backupWokenV1),
  MonitorHaltStarted: v1(backup.monitorHaltStartedV1),
  MonitorHalted: v1(backup.monitorHaltedV1),
  MonitorResumed: v1(backup.monitorResumedV1),
  BackupOverdue: v1(backup.backupOverdueV1),
  EnvironmentRegistered: v1(environment.environmentRegisteredV1),
  EnvironmentChanged: v1(environment.environmentChangedV1),
  EnvironmentRemoved: v1(environment.environmentRemovedV1),
  GenesisProvided: v1(environment.genesisProvidedV1),
  NodeRegistered: v1(environment.nodeRegisteredV1),
  NodeChanged: v1(environment.nodeRegisteredV1),
  NodeRemoved: v1(environment.nodeRemovedV1),
  ValidatorExcused: v1(environment.validatorExcusedV1),
  ValidatorExcuseEnded: v1(environment.nodeRemovedV1),
  BackupConfigured: v1(environment.backupConfiguredV1),
  MonitorResetRequired: v1(environment.monitorResetRequiredV1),
  MonitorReset: v1(environment.monitorResetV1),
  TargetRegistered: v1(target.targetRegisteredV1),
  TargetChanged: v1(target.targetChangedV1),
  TargetEnabled: v1(target.targetEnabledV1),
  TargetDisabled: v1(target.targetDisabledV1),
  TargetChecked: v1(target.targetCheckedV1),
  DeliveryDue: v1(target.deliveryDueV1),
  BackfillStarted: v1(target.backfillStartedV1),
  SegmentDelivered: v1(target.segmentDeliveredV1),
  DeliveryFailed: v1(target.deliveryFailedV1),
  DeliverySuspended: v1(target.deliverySuspendedV1),
  DeliveryResumed: v1(target.deliveryResumedV1),
  BackfillCompleted: v1(target.backfillCompletedV1),
  HealRequested: v1(target.healRequestedV1),
  HistoryPublished: v1(target.historyPublishedV1),
  TargetAudited: v1(target.targetAuditedV1),
  SegmentHealed: v1(target.segmentHealedV1),
  ManagedCopyRestored: v1(target.managedCopyRestoredV1),
  PlaceTakenOver: v1(target.placeTakenOverV1),
  TargetRemoved: v1(target.targetRemovedV1),
  TargetSnapshotTaken: v1(target.targetSnapshotTakenV1),
  ConsortiumRegistered: v1(consortium.consortiumRegisteredV1),
  ConsortiumChanged: v1(consortium.consortiumChangedV1),
  ConsortiumRemoved: v1(consortium.consortiumRemovedV1),
  MemberRegistered: v1(consortium.memberRegisteredV1),
  MemberChanged: v1(consortium.memberChangedV1),
  MemberRemoved: v1(consortium.memberRemovedV1),
  ApiKeyIssued: v1(consortium.apiKeyIssuedV1),
  ApiKeyRevoked: v1(consortium.apiKeyRevokedV1),
  ConfigurationRegistered: v1(consortium.configurationRegisteredV1),
  ConfigurationChanged: v1(consortium.configurationChangedV1),
  ConfigurationRemoved: v1(consortium.configurationRemovedV1),
  RequestReceived: v1(request.requestReceivedV1),
  RequestApplied: v1(request.requestAppliedV1),
  RequestRefused: v1(request.requestRefusedV1),
  InstallationFounded: v1(installation.installationFoundedV1),
} as const satisfies { [Type in EventType]: EventContract<Type> };

export const isEventType = (type: string): type is EventType => Object.hasOwn(EVENT_CONTRACTS, type);
