import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'wouter';
import { useEnvironment, type EnvironmentPath } from '../api/queries.js';
import { NodesSection } from '../network/nodes-section.js';
import { Empty, Loaded } from '../parts/states.js';
import { RunPage } from '../runs/run-page.js';
import { RunsSection } from '../runs/runs-section.js';
import { SettingsSection } from '../settings/settings-section.js';
import { TargetsSection } from '../targets/targets-section.js';
import { Actions } from './actions.js';
import { OverviewSection } from './overview-section.js';

const SECTIONS = [
  ['overview', 'Overview'],
  ['targets', 'Targets'],
  ['runs', 'Runs'],
  ['nodes', 'Nodes'],
  ['settings', 'Settings'],
] as const;

type Props = Readonly<{ place: EnvironmentPath; section: string; id: string | undefined }>;

const Section = ({ place, section, id }: Props) => {
  switch (section) {
    case 'overview':
      return <OverviewSection place={place} />;
    case 'targets':
      return <TargetsSection place={place} />;
    case 'runs':
      return id === undefined ? <RunsSection place={place} /> : <RunPage place={place} id={id} />;
    case 'nodes':
      return <NodesSection place={place} />;
    case 'settings':
      return <SettingsSection place={place} />;
    default:
      return <Empty title="Page not found">Choose one of the sections above.</Empty>;
  }
};

/** One environment: its actions and its sections. */
export const EnvironmentPage = ({ place, section, id }: Props) => {
  const environment = useEnvironment(place);
  const base = `/consortia/${place.c}/environments/${place.e}`;
  return (
    <main className="page">
      <title>{`${environment.data?.name ?? place.e} · Chainkeep`}</title>
      <nav aria-label="Breadcrumb">
        <Anchor component={Link} href="/" size="sm">
          Environments
        </Anchor>
      </nav>
      <Group justify="space-between" align="flex-start" mih={56}>
        <Stack gap={0}>
          <Title order={1} size="h2" className="wrap">
            {environment.data?.name ?? place.e}
          </Title>
          <Text size="sm" c="dimmed" mih={22}>
            {environment.data && `${environment.data.provider}, ${environment.data.consensus_type}`}
          </Text>
        </Stack>
        <Actions place={place} />
      </Group>
      <nav className="sections" aria-label="Sections">
        {SECTIONS.map(([name, label]) => (
          <Link
            key={name}
            href={name === 'overview' ? base : `${base}/${name}`}
            aria-current={section === name ? 'page' : undefined}
          >
            {label}
          </Link>
        ))}
      </nav>
      {environment.isError ? (
        <Loaded query={environment} height={200}>
          {() => null}
        </Loaded>
      ) : (
        <Section place={place} section={section} id={id} />
      )}
    </main>
  );
};
