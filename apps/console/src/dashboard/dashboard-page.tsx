import { Anchor, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import type { Consortium, Environment } from '../api/client.js';
import { useConfigurations, useConsortia, useEnvironments, useStatus } from '../api/queries.js';
import { FindingLines } from '../parts/findings.js';
import { Empty, Loaded } from '../parts/states.js';
import { StatusBadges } from './status-badges.js';
import { HaltNotice, RunProgress, StatusFacts } from './status-facts.js';

const CARD_HEIGHT = 300;

const EnvironmentCard = ({ environment }: Readonly<{ environment: Environment }>) => {
  const place = { c: environment.consortium_id, e: environment._id };
  const status = useStatus(place);
  const configurations = useConfigurations(place);
  return (
    <Paper withBorder radius="md" p="md" component="article" mih={CARD_HEIGHT}>
      <Stack>
        <Group justify="space-between" align="flex-start">
          <Title order={3} size="h4" className="wrap">
            <Anchor component={Link} href={`/consortia/${place.c}/environments/${place.e}`} inherit>
              {environment.name}
            </Anchor>
          </Title>
          <Text size="xs" c="dimmed">
            {environment.provider}, {environment.consensus_type}
          </Text>
        </Group>
        <Loaded query={status} height={200}>
          {(loaded) => (
            <>
              <StatusBadges status={loaded} configurations={configurations.data ?? []} />
              <FindingLines findings={loaded.findings} />
              <HaltNotice status={loaded} />
              <StatusFacts status={loaded} />
              <RunProgress status={loaded} place={place} />
            </>
          )}
        </Loaded>
      </Stack>
    </Paper>
  );
};

const ConsortiumSection = ({ consortium }: Readonly<{ consortium: Consortium }>) => {
  const environments = useEnvironments(consortium._id);
  return (
    <section aria-labelledby={`consortium-${consortium._id}`}>
      <Stack>
        <Group justify="space-between">
          <div>
            <Title order={2} size="h3" id={`consortium-${consortium._id}`}>
              {consortium.name}
            </Title>
            {consortium.description !== undefined && <Text c="dimmed">{consortium.description}</Text>}
          </div>
          <Button component={Link} href={`/consortia/${consortium._id}/members`} variant="default" size="xs">
            Members and keys
          </Button>
        </Group>
        <Loaded query={environments} height={CARD_HEIGHT}>
          {(list) =>
            list.length === 0 ? (
              <Empty title="No environments yet">
                An environment is one chain and its nodes. Describe it in a network file and run “npx
                chainkeep apply -f network.yaml”, or create it with the API.
              </Empty>
            ) : (
              <div className="cards">
                {list.map((environment) => (
                  <EnvironmentCard key={environment._id} environment={environment} />
                ))}
              </div>
            )
          }
        </Loaded>
      </Stack>
    </section>
  );
};

/** All environments that the key can see. */
export const DashboardPage = () => {
  const consortia = useConsortia();
  return (
    <main className="page">
      <title>Environments · Chainkeep</title>
      <Stack gap="xl">
        <Title order={1} size="h2">
          Environments
        </Title>
        <Loaded query={consortia} height={CARD_HEIGHT}>
          {(list) =>
            list.length === 0 ? (
              <Empty title="No consortia yet">
                A consortium groups members and their chains. Describe it in a network file and run “npx
                chainkeep apply -f network.yaml”, or create it with the API.
              </Empty>
            ) : (
              list.map((consortium) => <ConsortiumSection key={consortium._id} consortium={consortium} />)
            )
          }
        </Loaded>
      </Stack>
    </main>
  );
};
