import { toInstant, type Instant } from '#libs/kernel';
import { systemContext, type ServicePorts } from '#libs/services';

/** Tells every enabled target of an environment that a file is there. Repeating it adds nothing. */
export const announceDelivery = async (
  ports: Pick<ServicePorts, 'catalogue' | 'clock' | 'streams'>,
  event: Readonly<{
    environmentId: string;
    ordinal: number;
    position: bigint;
    eventId: string;
    correlationId: string;
  }>,
): Promise<void> => {
  // Targets registered before this event must be seen; those registered later read the store themselves.
  await ports.catalogue.waitFor(event.position);
  const at: Instant = toInstant(ports.clock.nowMs());
  const context = systemContext(ports.clock, {
    correlationId: event.correlationId,
    causationId: event.eventId,
  });
  for (const { configurationId, enabled } of await ports.catalogue.targets(event.environmentId)) {
    if (!enabled) continue;
    await ports.streams.targets.handle(
      configurationId,
      { type: 'AnnounceDelivery', ordinal: event.ordinal, at },
      context,
    );
  }
};
