import { Alert, Anchor, Group, List, Paper, Progress, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { Run } from '../api/client.js';
import { useNodes, useRun, type EnvironmentPath } from '../api/queries.js';
import { Fact, Facts } from '../parts/fact.js';
import { dateTime, duration, number } from '../parts/format.js';
import { Findings } from '../parts/findings.js';
import { Loaded } from '../parts/states.js';
import { ConfirmationsTable } from './confirmations-table.js';
import { FilesTable } from './files-table.js';
import { RunState, TRIGGERS } from './run-state.js';

const STEPS: Readonly<Record<string, string>> = {
  requested: 'Requested',
  coalesced: 'Merged into a waiting run',
  agreed: 'Validators agreed on the blocks',
  exporting: 'First file written',
  completed: 'Completed',
  skipped: 'Nothing new to back up',
  disputed: 'Disputed: no agreement',
  failed: 'Failed',
};
const SKIPPED = {
  NO_NEW_BLOCK: 'There were no new blocks to back up.',
  BACKUP_DISABLED: 'Backups were turned off in the meantime.',
} as const;

const msBetween = (from: string, to: string): number => new Date(to).getTime() - new Date(from).getTime();

const Steps = ({ run }: Readonly<{ run: Run }>) => (
  <section aria-labelledby="steps">
    <Title order={3} size="h5" id="steps" mb="xs">
      Steps
    </Title>
    <List type="ordered" size="sm" spacing={4}>
      {run.phases.map(({ phase, at }, index) => {
        const before = run.phases[index - 1];
        return (
          <List.Item key={`${phase}.${at}`}>
            {STEPS[phase] ?? phase} <time dateTime={at}>{dateTime(at)}</time>
            {before && ` (${duration(msBetween(before.at, at) / 1000)} later)`}
          </List.Item>
        );
      })}
    </List>
  </section>
);

const Agreement = ({ run, place }: Readonly<{ run: Run; place: EnvironmentPath }>) => {
  const nodes = useNodes(place);
  if (run.confirmations.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No answers from the validators yet.
      </Text>
    );
  }
  return (
    <Stack>
      <Facts>
        {run.rule !== undefined && <Fact name="Rule">{run.rule}</Fact>}
        {run.rounds !== undefined && <Fact name="Rounds">{number(run.rounds)}</Fact>}
        {run.lookups !== undefined && <Fact name="Blocks looked up">{number(run.lookups)}</Fact>}
        {run.head !== undefined && <Fact name="Head seen">{number(run.head)}</Fact>}
        <Fact name="Confirmed by">
          {run.confirmations.filter(({ outcome }) => outcome === 'agrees').length} of{' '}
          {run.confirmations.length}
        </Fact>
      </Facts>
      <ConfirmationsTable run={run} nodes={nodes.data ?? []} />
    </Stack>
  );
};

const Notices = ({ run }: Readonly<{ run: Run }>) => (
  <>
    {run.error && (
      <Alert
        color="red"
        variant="light"
        title={`${run.state === 'disputed' ? 'Disputed' : 'Failed'} (${run.error.code})`}
      >
        <Text size="sm">{run.error.message}</Text>
        <Text size="sm">
          <strong>What to do: </strong>
          {run.error.hint}
        </Text>
      </Alert>
    )}
    {run.skip_reason && (
      <Alert color="gray" variant="light" title="Nothing new to back up">
        {SKIPPED[run.skip_reason]}
      </Alert>
    )}
    {run.superseded && (
      <Alert color="orange" variant="light" title="Earlier files were superseded">
        The chain was reorganized from block {number(run.superseded.from_block)}: {run.superseded.why} The old
        files are kept and marked as superseded.
      </Alert>
    )}
    <Findings findings={run.findings.filter(({ code }) => code !== run.error?.code)} label="Warnings" />
  </>
);

const isOpen = ({ state }: Run): boolean => state === 'requested' || state === 'agreed';

const Details = ({ run, place }: Readonly<{ run: Run; place: EnvironmentPath }>) => (
  <Stack gap="lg">
    <Group justify="space-between">
      <Title order={2} size="h4">
        Run of {dateTime(run.requested_at)}
      </Title>
      <RunState run={run} />
    </Group>
    <Notices run={run} />
    {isOpen(run) && (
      <Progress
        value={Math.max(3, (100 * run.files.length) / Math.max(1, run.planned_files ?? 1))}
        animated
        aria-label="Progress of the run"
      />
    )}
    <Facts>
      <Fact name="Started by">{TRIGGERS[run.trigger]}</Fact>
      <Fact name="Blocks">
        {run.range ? `${number(run.range.start_block)} to ${number(run.range.end_block)}` : 'not agreed yet'}
      </Fact>
      <Fact name="Files">
        {run.files.length}
        {run.planned_files === undefined ? '' : ` of ${run.planned_files}`}
      </Fact>
      <Fact name="Duration">
        {run.finished_at === undefined
          ? 'still running'
          : duration(msBetween(run.requested_at, run.finished_at) / 1000)}
      </Fact>
      {run.attempt > 0 && <Fact name="Attempt">{run.attempt + 1}</Fact>}
    </Facts>
    <>
      <Paper withBorder radius="md" p="md">
        <Steps run={run} />
      </Paper>
      <Paper withBorder radius="md" p="md" component="section" aria-labelledby="agreement">
        <Title order={3} size="h5" id="agreement" mb="xs">
          Agreement
        </Title>
        <Agreement run={run} place={place} />
      </Paper>
    </>
    <FilesTable run={run} place={place} />
  </Stack>
);

/** One run: its steps, what every validator said, its files with their certificates. */
export const RunPage = ({ place, id }: Readonly<{ place: EnvironmentPath; id: string }>) => {
  const run = useRun(place, id);
  return (
    <Stack gap="sm">
      <nav aria-label="Up">
        <Anchor component={Link} href={`/consortia/${place.c}/environments/${place.e}/runs`} size="sm">
          All runs
        </Anchor>
      </nav>
      <Loaded query={run} height={420}>
        {(loaded) => <Details run={loaded} place={place} />}
      </Loaded>
    </Stack>
  );
};
