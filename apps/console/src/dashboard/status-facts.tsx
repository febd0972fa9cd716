import { Alert, Progress, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { Status } from '../api/client.js';
import type { EnvironmentPath } from '../api/queries.js';
import { Fact, Facts } from '../parts/fact.js';
import { duration, number, When } from '../parts/format.js';

const blockOf = (block: number | null): string => (block === null ? 'none yet' : number(block));

const lagOf = (lag: number | null): string => {
  if (lag === null) return 'unknown';
  return lag === 0 ? 'none' : `${number(lag)} ${lag === 1 ? 'block' : 'blocks'}`;
};

/** How far the chain is backed up, and when the next run starts. */
export const StatusFacts = ({ status }: Readonly<{ status: Status }>) => (
  <Facts>
    <Fact name="Backed up to block">{blockOf(status.protected_block)}</Fact>
    <Fact name="Chain head">{blockOf(status.head_block)}</Fact>
    <Fact name="Blocks behind">{lagOf(status.lag_blocks)}</Fact>
    <Fact name="Last backup">
      {status.last_success_at === null ? 'never' : <When at={status.last_success_at} />}
    </Fact>
    <Fact name="Next run">
      {status.next_run_at === null ? 'not scheduled' : <When at={status.next_run_at} />}
    </Fact>
  </Facts>
);

const PHASES = {
  idle: 'No backup is running.',
  agreeing: 'Asking the validators which block they all confirm.',
  exporting: 'Reading, checking and writing blocks.',
} as const;

/** The current run: phase, progress and time left. Keeps its height when idle. */
export const RunProgress = ({ status, place }: Readonly<{ status: Status; place: EnvironmentPath }>) => {
  const { in_progress, phase, progress, run_id } = status;
  const share = progress === null ? 0 : (100 * progress.files_done) / Math.max(1, progress.files_planned);
  return (
    <Stack gap={4} mih={62}>
      <Text size="sm">{PHASES[phase]}</Text>
      {in_progress && (
        <Progress value={phase === 'exporting' ? share : 5} aria-label="Progress of the backup" animated />
      )}
      <Text size="xs" c="dimmed">
        {progress !== null &&
          `File ${progress.files_done} of ${progress.files_planned}, ${number(Math.max(0, progress.blocks_left))} blocks left` +
            (progress.seconds_left === null ? '. ' : `, about ${duration(progress.seconds_left)}. `)}
        {run_id !== null && (
          <Link href={`/consortia/${place.c}/environments/${place.e}/runs/${run_id}`} className="link">
            Follow this run
          </Link>
        )}
      </Text>
    </Stack>
  );
};

/** Explains a monitor that is halted. */
export const HaltNotice = ({ status }: Readonly<{ status: Status }>) => {
  if (status.monitor !== 'halted') return null;
  return (
    <Alert color="orange" variant="light" title="The monitor is halted for the export">
      It restarts automatically after the export. Unavailable until then:{' '}
      {status.unavailable_services.length === 0 ? 'nothing' : status.unavailable_services.join(', ')}.
    </Alert>
  );
};
