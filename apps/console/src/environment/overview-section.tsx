import { Paper, Stack, Text, Title } from '@mantine/core';
import { useConfigurations, useCoverage, useStatus, type EnvironmentPath } from '../api/queries.js';
import { CoverageStrip } from '../coverage/coverage-strip.js';
import { StatusBadges } from '../dashboard/status-badges.js';
import { HaltNotice, RunProgress, StatusFacts } from '../dashboard/status-facts.js';
import { Findings } from '../parts/findings.js';
import { Empty, Loaded } from '../parts/states.js';

const STATUS_HEIGHT = 190;
const COVERAGE_HEIGHT = 380;

/** What is backed up, and where each part of the chain is stored. */
export const OverviewSection = ({ place }: Readonly<{ place: EnvironmentPath }>) => {
  const status = useStatus(place);
  const configurations = useConfigurations(place);
  const coverage = useCoverage(place);
  return (
    <Stack gap="lg">
      <Paper withBorder radius="md" p="md" mih={STATUS_HEIGHT}>
        <Loaded query={status} height={STATUS_HEIGHT - 32}>
          {(loaded) => (
            <Stack>
              <StatusBadges status={loaded} configurations={configurations.data ?? []} />
              <Findings findings={loaded.findings} label="Findings" />
              <HaltNotice status={loaded} />
              <StatusFacts status={loaded} />
              <RunProgress status={loaded} place={place} />
            </Stack>
          )}
        </Loaded>
      </Paper>
      <Paper
        withBorder
        radius="md"
        p="md"
        component="section"
        aria-labelledby="coverage"
        mih={COVERAGE_HEIGHT}
      >
        <Title order={2} size="h4" id="coverage">
          Coverage
        </Title>
        <Text size="sm" c="dimmed" mb="sm">
          The chain from block 0 to its head. The first row is the managed bucket; each row below it is a
          target.
        </Text>
        <Loaded query={coverage} height={COVERAGE_HEIGHT - 90}>
          {(loaded) =>
            loaded.files.length === 0 ? (
              <Empty title="No backups yet">
                The first run backs up the chain from block 0. Choose “Back up now”, or turn on backups under
                Settings.
              </Empty>
            ) : (
              <CoverageStrip
                coverage={loaded}
                head={status.data?.head_block ?? loaded.head_block}
                place={place}
              />
            )
          }
        </Loaded>
      </Paper>
    </Stack>
  );
};
