import {
  Alert,
  Button,
  Group,
  List,
  NativeSelect,
  NumberInput,
  Paper,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { SyntheticEvent } from 'react';
import type { Settings } from '../api/client.js';
import { useChange, useNextRuns, useSettings, type Place } from '../api/queries.js';
import { useDraft } from '../parts/draft.js';
import { Findings } from '../parts/findings.js';
import { dateTime } from '../parts/format.js';
import { ProblemAlert } from '../parts/problem.js';
import { Loaded } from '../parts/states.js';
import { useSession } from '../session/session.js';
import { resetMonitor, saveSettings, type Saved } from './save-settings.js';
import { SCHEDULES, toForm, toSchedule, type ScheduleKind, type SettingsForm } from './schedule-form.js';

const PREVIEW_MS = 300;
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

type FieldsProps = Readonly<{ form: SettingsForm; set: (changes: Partial<SettingsForm>) => void }>;

const ScheduleFields = ({ form, set }: FieldsProps) => (
  <>
    <NativeSelect
      label="How often"
      value={form.kind}
      data={SCHEDULES.map((schedule) => ({ ...schedule }))}
      onChange={({ currentTarget }) => {
        set({ kind: currentTarget.value as ScheduleKind });
      }}
    />
    {form.kind === 'cron' && (
      <TextInput
        label="Cron expression"
        description="Five fields: minute, hour, day of the month, month, day of the week."
        value={form.cron}
        onChange={({ currentTarget }) => {
          set({ cron: currentTarget.value });
        }}
      />
    )}
    {form.kind === 'minutes' && (
      <NumberInput
        label="Minutes between runs"
        description="At least 15."
        min={15}
        value={form.everyMinutes}
        onChange={(value) => {
          set({ everyMinutes: String(value) });
        }}
      />
    )}
    {form.kind === 'blocks' && (
      <NumberInput
        label="Blocks between runs"
        description="At least 10,000."
        min={10_000}
        value={form.everyBlocks}
        onChange={(value) => {
          set({ everyBlocks: String(value) });
        }}
      />
    )}
    {form.kind !== 'minutes' && form.kind !== 'blocks' && (
      <NativeSelect
        label="Time zone"
        value={form.timeZone}
        data={ZONES.includes(form.timeZone) ? ZONES : [form.timeZone, ...ZONES]}
        onChange={({ currentTarget }) => {
          set({ timeZone: currentTarget.value });
        }}
      />
    )}
  </>
);

const AgreementFields = ({ form, set }: FieldsProps) => (
  <>
    <NativeSelect
      label="Agreement"
      description="Who must confirm the last block before it is backed up."
      value={form.agreement}
      data={[
        { value: 'all', label: 'All validators' },
        { value: 'quorum', label: 'A quorum of the validators' },
        { value: 'all_then_quorum', label: 'All; after some hours a quorum' },
      ]}
      onChange={({ currentTarget }) => {
        set({ agreement: currentTarget.value as Settings['agreement'] });
      }}
    />
    {form.agreement === 'all_then_quorum' && (
      <NumberInput
        label="Hours until a quorum is enough"
        min={1}
        value={form.afterHours}
        onChange={(value) => {
          set({ afterHours: String(value) });
        }}
      />
    )}
    <NumberInput
      label="Blocks to stay below the head"
      description="Newer blocks wait for the next run. 0 takes all that are agreed."
      min={0}
      value={form.minConfirmations}
      onChange={(value) => {
        set({ minConfirmations: String(value) });
      }}
    />
    <NativeSelect
      label="Gathering"
      description="How blocks are read. By RPC nobody stops; the others need a controller on the server."
      value={form.gather}
      data={[
        { value: 'rpc', label: 'By RPC, nothing stops (recommended)' },
        { value: 'client-export', label: 'Halt the monitor and let its client export' },
        { value: 'admin-export', label: 'Export by the admin interface of a running client' },
      ]}
      onChange={({ currentTarget }) => {
        set({ gather: currentTarget.value as Settings['gather'] });
      }}
    />
  </>
);

/** The next runs of what is chosen now, before it is saved. */
const Preview = ({ place, form }: Readonly<{ place: Place; form: SettingsForm }>) => {
  const [schedule] = useDebouncedValue(toSchedule(form), PREVIEW_MS);
  const preview = useNextRuns(place, schedule, true);
  return (
    <Paper withBorder radius="md" p="md" mih={210} component="section" aria-labelledby="next-runs">
      <Title order={3} size="h5" id="next-runs" mb="xs">
        Next runs
      </Title>
      {preview.isError ? (
        <ProblemAlert error={preview.error} title="This schedule can't run" />
      ) : (
        <Stack gap="xs" aria-live="polite">
          {preview.data?.next_runs.length === 0 && (
            <Text size="sm">A run starts whenever so many blocks have passed.</Text>
          )}
          <List size="sm" aria-label="Next runs of this schedule">
            {preview.data?.next_runs.map((at) => (
              <List.Item key={at}>
                <time dateTime={at}>{dateTime(at)}</time>
              </List.Item>
            ))}
          </List>
          <Text size="xs" c="dimmed">
            {form.enabled
              ? 'Shown in the time of this device.'
              : 'Backups are disabled: none of these will run.'}
          </Text>
        </Stack>
      )}
    </Paper>
  );
};

const Outcome = ({ saved }: Readonly<{ saved: Saved }>) => (
  <Alert color="teal" variant="light" title="Saved" role="status">
    <Stack gap="xs">
      <Text size="sm">
        {saved.settings.enabled ? 'Backups are enabled.' : 'Backups are disabled; what is there stays.'}
      </Text>
      {saved.reset && (
        <>
          <Text size="sm">
            The change needed a reset of the monitor, and this page did it: {saved.reset.node} was{' '}
            {saved.reset.how === 'restarted' ? 'restarted' : 'probed again'}.
          </Text>
          <Findings findings={saved.reset.findings} label="What the reset found" />
        </>
      )}
      {saved.noMonitor && (
        <Text size="sm">
          The monitor must be reset, but the environment has none. Add a node with the role monitor under
          Nodes, then reset it here.
        </Text>
      )}
    </Stack>
  </Alert>
);

const SettingsEditor = ({ place, settings }: Readonly<{ place: Place; settings: Settings }>) => {
  const { mayOperate } = useSession();
  const { form, touched, set, clear } = useDraft(`settings.${place.e}`, toForm(settings));
  const save = useChange((input: SettingsForm) => saveSettings(place, input));
  const reset = useChange(async (): Promise<Saved> => ({ settings, ...(await resetMonitor(place)) }));
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    save.mutate(form, { onSuccess: clear });
  };
  const error = save.error ?? reset.error;
  const done = save.data ?? reset.data;
  return (
    <form onSubmit={submit} aria-label="Backup settings">
      <Stack gap="lg">
        {settings.monitor_reset_required && !save.isPending && (
          <Alert color="orange" variant="light" title="The monitor must be reset">
            <Stack gap="xs" align="flex-start">
              <Text size="sm">
                Backups were switched since its last reset. Exports by the client wait for it.
              </Text>
              {mayOperate && (
                <Button
                  size="xs"
                  variant="default"
                  loading={reset.isPending}
                  onClick={() => {
                    reset.mutate(undefined);
                  }}
                >
                  Reset the monitor
                </Button>
              )}
            </Stack>
          </Alert>
        )}
        <fieldset disabled={!mayOperate} className="bare">
          <div className="columns">
            <Stack>
              <Switch
                label="Back up this environment"
                checked={form.enabled}
                onChange={({ currentTarget }) => {
                  set({ enabled: currentTarget.checked });
                }}
              />
              <ScheduleFields form={form} set={set} />
            </Stack>
            <Stack>
              <AgreementFields form={form} set={set} />
            </Stack>
            <Preview place={place} form={form} />
          </div>
        </fieldset>
        {mayOperate ? (
          <Group>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
            {touched && (
              <Button variant="default" onClick={clear}>
                Discard changes
              </Button>
            )}
          </Group>
        ) : (
          <Text size="sm" c="dimmed">
            Your key may read these settings. An operator can change them.
          </Text>
        )}
        <div aria-live="polite">
          {save.isPending && <Text size="sm">Saving, and resetting the monitor when needed …</Text>}
          {error && <ProblemAlert error={error} />}
          {!error && !save.isPending && done && <Outcome saved={done} />}
        </div>
      </Stack>
    </form>
  );
};

/** When an environment is backed up, who must agree, and how blocks are gathered. */
export const SettingsSection = ({ place }: Readonly<{ place: Place }>) => {
  const settings = useSettings(place);
  return (
    <Loaded query={settings} height={420}>
      {(loaded) => <SettingsEditor place={place} settings={loaded} />}
    </Loaded>
  );
};
