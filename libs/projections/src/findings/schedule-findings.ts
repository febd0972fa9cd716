import { clockWentBack, silentSince, SILENT_SLOTS, slotsPassed } from '#libs/domain';
import { isAhead, laterOf, plainNumber, type Instant } from '#libs/kernel';
import { quorumHead } from './node-findings.js';
import type { OwnFinding, Situation } from './situation.js';

const overdue = (situation: Situation): OwnFinding | undefined => {
  const since = situation.backup.overdueSince ?? silentSince(situation);
  if (since === undefined) return undefined;
  const message =
    situation.backup.lastSuccessAt === undefined
      ? `No run has succeeded since backups were turned on at ${since}.`
      : `No run has succeeded since ${since}, and at least ${SILENT_SLOTS} runs were due.`;
  return { code: 'BACKUP_OVERDUE', severity: 'error', message, since };
};

const clock = ({ backup, now }: Situation): OwnFinding | undefined => {
  const recorded = clockWentBack(backup, now);
  if (recorded === undefined) return undefined;
  const message = `${recorded} was recorded as the present, but it is ${now}: the clock of the server was ahead.`;
  return { code: 'CLOCK_WENT_BACK', severity: 'warning', message };
};

const isBehind = (situation: Situation, lag: bigint): boolean => {
  const { backup, environment, now } = situation;
  const { schedule, minConfirmations } = environment.settings;
  if (schedule.kind === 'blocks') return lag > BigInt(SILENT_SLOTS * schedule.everyBlocks + minConfirmations);
  if (lag <= BigInt(minConfirmations)) return false;
  // Blocks that a run saw and left out are as old as the last file; others are newer than the last run that went well.
  const leftOut = (backup.head ?? -1n) - (backup.tip?.number ?? -1n) > BigInt(minConfirmations);
  const covered = leftOut ? [backup.lastDate] : [backup.lastDate, backup.lastSuccessAt];
  const since = [...covered, environment.enabledAt].filter(
    (instant): instant is Instant => instant !== undefined && !isAhead(instant, now),
  );
  return since.length > 0 && slotsPassed(schedule, since.reduce(laterOf), now);
};

/** Blocks that enough validators have, and that no run covers although the schedule says so. */
const lagging = (situation: Situation): OwnFinding | undefined => {
  const { backup, environment, look } = situation;
  const head = look && quorumHead(environment, look);
  const lag = (head ?? -1n) - (backup.tip?.number ?? -1n);
  if (head === undefined || !isBehind(situation, lag)) return undefined;
  const message = `The validators have reached block ${head}, and ${lag} blocks are not backed up.`;
  const protectedBlock = backup.tip && { protected_block: plainNumber(backup.tip.number) };
  return {
    code: 'BACKUP_LAGGING',
    severity: 'error',
    message,
    since: backup.lastDate,
    evidence: { head_block: plainNumber(head), ...protectedBlock },
  };
};

const nothingYet = ({ backup }: Situation): OwnFinding | undefined =>
  backup.tip === undefined && backup.status === 'idle'
    ? { code: 'BACKUP_NONE_YET', severity: 'warning', message: 'Nothing is backed up yet.' }
    : undefined;

const halted = ({ backup: { halt }, now }: Situation): OwnFinding | undefined =>
  halt !== undefined && halt.deadline < now
    ? {
        code: 'MONITOR_HALT_OVERDUE',
        severity: 'error',
        message: `Monitor ${halt.nodeId} was to answer again by ${halt.deadline}.`,
        since: halt.deadline,
        nodeId: halt.nodeId,
        section: '/nodes',
      }
    : undefined;

/** The network, all of it, has fewer blocks than are backed up, and some seconds did not change that. */
const rewound = ({ environment, look }: Situation): OwnFinding | undefined => {
  const head = look && quorumHead(environment, look);
  if (look?.tip === undefined || head === undefined || look.late.length === 0) return undefined;
  const { number } = look.tip;
  if (head >= number) return undefined;
  return {
    code: 'HEAD_BELOW_BACKUP',
    severity: 'error',
    message: `The validators have reached block ${head}, but block ${number} is backed up.`,
    evidence: { head_block: plainNumber(head), protected_block: plainNumber(number) },
  };
};

/** What is late, or was: runs, blocks, the monitor's return, the clock. */
export const scheduleFindings = (situation: Situation): readonly OwnFinding[] => {
  const { enabled } = situation.environment.settings;
  const expected = enabled ? [overdue(situation), lagging(situation), nothingYet(situation)] : [];
  return [...expected, rewound(situation), halted(situation), clock(situation)].filter(
    (draft) => draft !== undefined,
  );
};
