import { Alert, Badge, Button, Group, Paper, Progress, Stack, Switch, Text, Title } from '@mantine/core';
import { memo, useState } from 'react';
import { api, unwrap, type Configuration, type Membership, type Provider } from '../api/client.js';
import { useChange, type EnvironmentPath } from '../api/queries.js';
import { Confirm } from '../parts/confirm.js';
import { Fact, Facts } from '../parts/fact.js';
import { Checks } from '../parts/checks.js';
import { bytes, duration, number, When } from '../parts/format.js';
import { ProblemAlert } from '../parts/problem.js';
import { useSession } from '../session/session.js';
import { addressOf } from './providers.js';
import { TargetEditor } from './target-editor.js';

const base = '/api/v1/consortia/{c}/environments/{e}/configurations/{id}' as const;

const STATES: Readonly<Record<Configuration['state'], Readonly<{ color: string; word: string }>>> = {
  enabled: { color: 'teal', word: 'Enabled' },
  active: { color: 'teal', word: 'Active' },
  backfilling: { color: 'blue', word: 'Catching up' },
  failing: { color: 'red', word: 'Failing' },
  suspended: { color: 'red', word: 'Suspended' },
  disabled: { color: 'gray', word: 'Disabled' },
  deleted: { color: 'gray', word: 'Removed' },
};

/** The line shown when no backfill is running. */
const restingOf = ({ state, delivered }: Configuration): string => {
  if (state === 'disabled') return 'Deliveries are off. Turn on Environment Backup Target to start them.';
  if (state !== 'enabled') return '';
  return delivered?.through_ordinal === null ? 'No files delivered yet.' : 'All files are delivered.';
};

/** Progress of a backfill. Keeps its height when there is none. */
const Backfill = ({ target }: Readonly<{ target: Configuration }>) => {
  const { backfill, healing } = target;
  if (backfill === undefined) {
    return (
      <Text size="sm" c="dimmed" mih={44}>
        {healing === true ? 'Checking every file on the target.' : restingOf(target)}
      </Text>
    );
  }
  const { done, missing, files_per_minute, seconds_left } = backfill;
  return (
    <Stack gap={4} mih={44}>
      <Progress value={(100 * done) / Math.max(1, missing)} aria-label="Progress of the backfill" />
      <Text size="xs">
        {number(done)} of {number(missing)} files
        {files_per_minute !== null && `, ${number(files_per_minute)} per minute`}
        {seconds_left !== null && `, about ${duration(seconds_left)} left`}
      </Text>
    </Stack>
  );
};

const Trouble = ({ target }: Readonly<{ target: Configuration }>) => {
  const { failure, suspension } = target;
  if (suspension !== undefined) {
    return (
      <Alert color="red" variant="light" title={`Deliveries are suspended (${suspension.code})`}>
        {suspension.message} Suspended <When at={suspension.since} />; next attempt{' '}
        <When at={suspension.next_probe_at} />. What to do: fix the target or its credentials, choose “Test”,
        then “Retry now”.
      </Alert>
    );
  }
  if (failure === undefined) return null;
  return (
    <Alert color="red" variant="light" title={`The last delivery failed (${failure.code})`}>
      {failure.message} This was attempt {failure.attempt}; next attempt <When at={failure.next_attempt_at} />
      . What to do: choose “Test” to find the problem, or “Retry now” to try again at once.
    </Alert>
  );
};

type Props = Readonly<{
  place: EnvironmentPath;
  target: Configuration;
  members: readonly Membership[];
  providers: readonly Provider[];
}>;

const useTargetActions = (place: EnvironmentPath, id: string) => {
  const params = { path: { ...place, id } };
  return {
    toggle: useChange((enabled: boolean) =>
      unwrap(api.PATCH(base, { params, body: { details: { environment_backup_target: enabled } } })),
    ),
    test: useChange(() => unwrap(api.POST(`${base}/test`, { params }))),
    retry: useChange(() => unwrap(api.POST(`${base}/retry`, { params }))),
    heal: useChange(() => unwrap(api.POST(`${base}/heal`, { params, body: {} }))),
    remove: useChange(() => unwrap(api.DELETE(base, { params }))),
  };
};

const TargetActions = ({ place, target, members, providers }: Props) => {
  const [editing, setEditing] = useState(false);
  const { toggle, test, retry, heal, remove } = useTargetActions(place, target._id);
  const error = toggle.error ?? test.error ?? retry.error ?? heal.error ?? remove.error;
  const enabled = target.details['environment_backup_target'] === true;
  return (
    <Stack gap="xs">
      <Switch
        label="Environment Backup Target"
        checked={enabled}
        disabled={toggle.isPending}
        onChange={({ currentTarget }) => {
          toggle.mutate(currentTarget.checked);
        }}
      />
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          loading={test.isPending}
          onClick={() => {
            test.mutate(undefined);
          }}
        >
          Test
        </Button>
        {(target.failure !== undefined || target.suspension !== undefined) && (
          <Button
            size="xs"
            loading={retry.isPending}
            onClick={() => {
              retry.mutate(undefined);
            }}
          >
            Retry now
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            setEditing(true);
          }}
        >
          Edit
        </Button>
        {enabled && (
          <Confirm
            action="Heal"
            color="blue"
            question={`Heal ${target.name}?`}
            onConfirm={() => {
              heal.mutate(undefined);
            }}
          >
            Chainkeep checks every delivered file and copies missing or altered files again from the managed
            bucket. Intact files are not touched.
          </Confirm>
        )}
        <Confirm
          action="Remove"
          question={`Remove ${target.name}?`}
          onConfirm={() => {
            remove.mutate(undefined);
          }}
        >
          Deliveries stop and the credentials are erased. The delivered files stay.
        </Confirm>
      </Group>
      {error && <ProblemAlert error={error} />}
      {editing && (
        <TargetEditor
          place={place}
          members={members}
          providers={providers}
          existing={target}
          opened
          close={() => {
            setEditing(false);
          }}
        />
      )}
    </Stack>
  );
};

const Check = ({ checked }: Readonly<{ checked: NonNullable<Configuration['checked']> }>) => (
  <details open={!checked.ok}>
    <summary className="summary">
      {checked.ok ? 'Test passed' : 'Test failed'} <When at={checked.at} />
    </summary>
    <Checks checks={checked.findings} label="Test results" />
  </details>
);

/** One member's target: its state and its actions. */
export const TargetCard = memo(({ place, target, members, providers }: Props) => {
  const { maySteer } = useSession();
  const { color, word } = STATES[target.state];
  const owner = members.find(({ _id }) => _id === target.membership_id)?.org_name ?? target.membership_id;
  return (
    <Paper withBorder radius="md" p="md" component="article" aria-label={target.name}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div className="wrap">
            <Title order={3} size="h5">
              {target.name}
            </Title>
            <Text size="sm" c="dimmed" className="wrap">
              {owner} · {addressOf(target, providers)}
            </Text>
          </div>
          <Badge variant="light" color={color} className="fixed" tt="none">
            {word}
          </Badge>
        </Group>
        {target.delivered && (
          <Facts>
            <Fact name="Files">{number(target.delivered.files)}</Fact>
            <Fact name="Size">{bytes(target.delivered.bytes)}</Fact>
          </Facts>
        )}
        <Backfill target={target} />
        <Trouble target={target} />
        {target.checked && <Check checked={target.checked} />}
        {maySteer(target.membership_id) && (
          <TargetActions place={place} target={target} members={members} providers={providers} />
        )}
      </Stack>
    </Paper>
  );
});
TargetCard.displayName = 'TargetCard';
