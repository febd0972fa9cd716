import type { AgreementReport, LiveEnvironment, RunWarning } from '#libs/domain';
import { durationMs, toInstant } from '#libs/kernel';

const NS_PER_MS = 1_000_000n;

/** A warning when the newest block that enough validators have is older than the environment expects. */
export const blockOverdue = (
  { settings, consensus }: LiveEnvironment,
  { headTimestamp }: AgreementReport,
  nowMs: number,
): readonly RunWarning[] => {
  const within = settings.expectedBlockWithin;
  const withinMs = within === undefined ? 0 : (durationMs(within) ?? 0);
  if (withinMs === 0 || headTimestamp === undefined) return [];
  // Quorum Raft states nanoseconds, every other client seconds.
  const atMs = Number(consensus === 'raft' ? headTimestamp / NS_PER_MS : headTimestamp * 1_000n);
  if (!Number.isSafeInteger(atMs) || nowMs - atMs <= withinMs) return [];
  const message = `The newest block of the network is from ${toInstant(atMs)}; one is expected within ${within}.`;
  return [{ code: 'BLOCK_OVERDUE', message }];
};
