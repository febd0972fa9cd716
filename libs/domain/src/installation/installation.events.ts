import type { DomainEvent } from '#libs/event-sourcing';

/** The first event of a store: the installation whose events these are. It moves with the store. */
export type InstallationEvent = DomainEvent<'InstallationFounded', { installation_id: string }>;
