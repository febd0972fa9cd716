import {
  backupDecider,
  backupSnapshotOf,
  configurationDecider,
  consortiumDecider,
  environmentDecider,
  memberDecider,
  requestDecider,
  targetDecider,
  targetSnapshotOf,
  type BackupCommand,
  type BackupEvent,
  type BackupState,
  type ConfigurationCommand,
  type ConfigurationEvent,
  type ConfigurationState,
  type ConsortiumCommand,
  type ConsortiumEvent,
  type ConsortiumState,
  type EnvironmentCommand,
  type EnvironmentEvent,
  type EnvironmentState,
  type MemberCommand,
  type MemberEvent,
  type MemberState,
  type RequestCommand,
  type RequestEvent,
  type RequestState,
  type TargetCommand,
  type TargetEvent,
  type TargetState,
} from '#libs/domain';
import { createStreams, type OnIgnored, type EventStore, type Streams } from '#libs/event-sourcing';
import { codecFor } from './event-codec.js';

/** What the product's streams are called before their first dash. An adapter shows no other stream. */
export const STREAM_CATEGORIES = [
  'backup',
  'environment',
  'target',
  'consortium',
  'member',
  'configuration',
  'request',
  'installation',
] as const;

/** All streams of the product over one store. */
export type ChainkeepStreams = Readonly<{
  backups: Streams<BackupState, BackupCommand, BackupEvent>;
  environments: Streams<EnvironmentState, EnvironmentCommand, EnvironmentEvent>;
  targets: Streams<TargetState, TargetCommand, TargetEvent>;
  consortia: Streams<ConsortiumState, ConsortiumCommand, ConsortiumEvent>;
  members: Streams<MemberState, MemberCommand, MemberEvent>;
  configurations: Streams<ConfigurationState, ConfigurationCommand, ConfigurationEvent>;
  requests: Streams<RequestState, RequestCommand, RequestEvent>;
}>;

/** `onIgnored` is called with each command that added no event, and why. */
export const createChainkeepStreams = (store: EventStore, onIgnored?: OnIgnored): ChainkeepStreams => {
  const options = onIgnored === undefined ? {} : { onIgnored };
  return {
    backups: createStreams(store, codecFor<BackupEvent>(), backupDecider, {
      ...options,
      category: 'backup',
      snapshotOf: backupSnapshotOf,
    }),
    environments: createStreams(store, codecFor<EnvironmentEvent>(), environmentDecider, {
      ...options,
      category: 'environment',
    }),
    targets: createStreams(store, codecFor<TargetEvent>(), targetDecider, {
      ...options,
      category: 'target',
      snapshotOf: targetSnapshotOf,
    }),
    consortia: createStreams(store, codecFor<ConsortiumEvent>(), consortiumDecider, {
      ...options,
      category: 'consortium',
    }),
    members: createStreams(store, codecFor<MemberEvent>(), memberDecider, { ...options, category: 'member' }),
    configurations: createStreams(store, codecFor<ConfigurationEvent>(), configurationDecider, {
      ...options,
      category: 'configuration',
    }),
    requests: createStreams(store, codecFor<RequestEvent>(), requestDecider, {
      ...options,
      category: 'request',
    }),
  };
};
