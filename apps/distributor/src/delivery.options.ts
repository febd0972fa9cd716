import { z } from 'zod';
import type { BackoffPolicy } from '#libs/kernel';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** How targets are fed. */
export type DeliveryOptions = Readonly<{
  /** Transfers at the same time, over all targets. */
  transfersMax: number;
  /** Transfers at the same time to one target; its details may say less or more (`max_transfers`). */
  targetTransfersMax: number;
  /** A transfer may take `transferGraceMs` and, besides, as long as its bytes take at this rate. */
  transferGraceMs: number;
  transferBytesPerSecondMin: number;
  /** Bytes a second over all targets; without it as fast as it goes. */
  bytesPerSecondMax: number | undefined;
  /** Disk space for files that are read once for several targets. */
  sharedBytesMax: number;
  /** Attempts before a target is suspended. */
  retry: BackoffPolicy;
  /** How often a suspended target is retried. */
  retrySuspendedMs: number;
  /** How often an enabled target is probed, as at its registration. */
  checkEveryMs: number;
  /** How often a target is compared with the ledger. */
  auditEveryMs: number;
}>;

export const DELIVERY_DEFAULTS: DeliveryOptions = {
  transfersMax: 16,
  targetTransfersMax: 8,
  transferGraceMs: MINUTE_MS,
  transferBytesPerSecondMin: 32 * 2 ** 10,
  bytesPerSecondMax: undefined,
  sharedBytesMax: 4 * 2 ** 30,
  retry: { baseMs: 1_000, factor: 2, delayMaxMs: MINUTE_MS, attemptsMax: 8 },
  retrySuspendedMs: 5 * MINUTE_MS,
  checkEveryMs: DAY_MS,
  auditEveryMs: DAY_MS,
};

/** What the environment may say of the limits of all deliveries together; left out, the defaults hold. */
export const deliveryVariables = {
  CHAINKEEP_TRANSFERS_MAX: z.coerce.number().int().min(1).max(1_000).optional(),
  CHAINKEEP_TRANSFER_BYTES_PER_SECOND: z.coerce.number().int().min(1).optional(),
};

/** Options from the variables of `deliveryVariables`. */
export const toDeliveryLimits = ({
  CHAINKEEP_TRANSFERS_MAX: transfersMax,
  CHAINKEEP_TRANSFER_BYTES_PER_SECOND: bytesPerSecondMax,
}: z.output<z.ZodObject<typeof deliveryVariables>>): Partial<DeliveryOptions> => ({
  ...(transfersMax === undefined ? {} : { transfersMax }),
  ...(bytesPerSecondMax === undefined ? {} : { bytesPerSecondMax }),
});
