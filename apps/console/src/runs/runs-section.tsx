import { Anchor, Button, Group, Stack, Table, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { Run } from '../api/client.js';
import { useRuns, type EnvironmentPath } from '../api/queries.js';
import { number, When } from '../parts/format.js';
import { Empty, Loaded } from '../parts/states.js';
import { RunState, TRIGGERS } from './run-state.js';

const blocksOf = ({ range }: Run): string =>
  range === undefined ? '–' : `${number(range.start_block)} to ${number(range.end_block)}`;

const RunRow = ({ run, place }: Readonly<{ run: Run; place: EnvironmentPath }>) => (
  <Table.Tr>
    <Table.Td>
      <Anchor
        component={Link}
        href={`/consortia/${place.c}/environments/${place.e}/runs/${run._id}`}
        size="sm"
      >
        <When at={run.requested_at} />
      </Anchor>
    </Table.Td>
    <Table.Td>
      <RunState run={run} />
    </Table.Td>
    <Table.Td>{TRIGGERS[run.trigger]}</Table.Td>
    <Table.Td>{blocksOf(run)}</Table.Td>
    <Table.Td>
      {run.files.length}
      {run.planned_files === undefined ? '' : ` of ${run.planned_files}`}
    </Table.Td>
    <Table.Td>{run.error?.code ?? run.warnings.join(', ')}</Table.Td>
  </Table.Tr>
);

/** The runs, newest first; the page follows them live. */
export const RunsSection = ({ place }: Readonly<{ place: EnvironmentPath }>) => {
  const runs = useRuns(place);
  return (
    <Stack gap="lg">
      <Title order={2} size="h4">
        Runs
      </Title>
      <Loaded query={runs} height={320}>
        {(list) =>
          list.length === 0 ? (
            <Empty title="No runs yet">
              A run asks the validators which blocks they confirm, then backs those blocks up. Choose “Back up
              now”, or turn on backups under Settings.
            </Empty>
          ) : (
            // Wider than a phone, so it scrolls; the arrow keys work too.
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            <div className="scroll" role="region" aria-label="Runs" tabIndex={0}>
              <Table miw={620} striped>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Requested</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Started by</Table.Th>
                    <Table.Th>Blocks</Table.Th>
                    <Table.Th>Files</Table.Th>
                    <Table.Th>Problem</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {list.map((run) => (
                    <RunRow key={run._id} run={run} place={place} />
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )
        }
      </Loaded>
      {runs.hasNextPage && (
        <Group justify="center">
          <Button
            variant="default"
            loading={runs.isFetchingNextPage}
            onClick={() => void runs.fetchNextPage()}
          >
            Older runs
          </Button>
        </Group>
      )}
    </Stack>
  );
};
