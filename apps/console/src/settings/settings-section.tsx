import { Alert, Button, Group, List, Paper, Stack, Switch, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { SyntheticEvent } from 'react';
import type { Settings } from '../api/client.js';
import { useChange, useNextRuns, useSettings, type EnvironmentPath } from '../api/queries.js';
import { useDraft } from '../parts/draft.js';
import { Checks } from '../parts/checks.js';
import { dateTime } from '../parts/format.js';
import { ProblemAlert } from '../parts/problem.js';
import { Loaded } from '../parts/states.js';
import { useSession } from '../session/session.js';
import { resetMonitor, saveSettings, type Saved } from './save-settings.js';
import { toForm, toSchedule, type SettingsForm } from './schedule-form.js';
import { AgreementFields, EvidenceFields, LimitFields, ScheduleFields } from './settings-fields.js';

const PREVIEW_MS = 300;

/** The next runs of the schedule as it is edited, before it is saved. */
const Preview = ({ place, form }: Readonly<{ place: EnvironmentPath; form: SettingsForm }>) => {
  const [schedule] = useDebouncedValue(toSchedule(form), PREVIEW_MS);
  const preview = useNextRuns(place, schedule, true);
  return (
    <Paper withBorder radius="md" p="md" mih={210} component="section" aria-labelledby="next-runs">
      <Title order={3} size="h5" id="next-runs" mb="xs">
        Next runs
      </Title>
      {preview.isError ? (
        <ProblemAlert error={preview.error} title="This schedule is not valid" />
      ) : (
        <Stack gap="xs" aria-live="polite">
          {preview.data?.next_runs.length === 0 && (
            <Text size="sm">A run starts each time this number of blocks has passed.</Text>
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
              ? 'Times are in the time zone of this device.'
              : 'Backups are off, so none of these runs will start.'}
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
        {saved.settings.enabled ? 'Backups are on.' : 'Backups are off. Existing files are kept.'}
      </Text>
      {saved.reset && (
        <>
          <Text size="sm">
            The change required a monitor reset: {saved.reset.node} was{' '}
            {saved.reset.how === 'restarted' ? 'restarted' : 'probed again'}.
          </Text>
          <Checks checks={saved.reset.findings} label="Reset results" />
        </>
      )}
      {saved.noMonitor && (
        <Text size="sm">
          The monitor must be reset, but the environment has no monitor. Add one under Nodes, then reset it
          here.
        </Text>
      )}
    </Stack>
  </Alert>
);

type ResetProps = Readonly<{ mayOperate: boolean; busy: boolean; onReset: () => void }>;

const ResetNotice = ({ mayOperate, busy, onReset }: ResetProps) => (
  <Alert color="orange" variant="light" title="The monitor must be reset">
    <Stack gap="xs" align="flex-start">
      <Text size="sm">
        Backups were turned on or off since its last reset. Client exports wait until you reset it.
      </Text>
      {mayOperate && (
        <Button size="xs" variant="default" loading={busy} onClick={onReset}>
          Reset the monitor
        </Button>
      )}
    </Stack>
  </Alert>
);

type FooterProps = Readonly<{ mayOperate: boolean; busy: boolean; touched: boolean; discard: () => void }>;

const Footer = ({ mayOperate, busy, touched, discard }: FooterProps) =>
  mayOperate ? (
    <Group>
      <Button type="submit" loading={busy}>
        Save
      </Button>
      {touched && (
        <Button variant="default" onClick={discard}>
          Discard changes
        </Button>
      )}
    </Group>
  ) : (
    <Text size="sm" c="dimmed">
      Your key is read-only. An operator can change these settings.
    </Text>
  );

type ReportProps = Readonly<{ busy: boolean; error: Error | null; saved: Saved | undefined }>;

/** The result of saving, announced to screen readers. */
const Report = ({ busy, error, saved }: ReportProps) => (
  <div aria-live="polite">
    {busy && <Text size="sm">Saving …</Text>}
    {error && <ProblemAlert error={error} />}
    {!error && !busy && saved && <Outcome saved={saved} />}
  </div>
);

const SettingsEditor = ({ place, settings }: Readonly<{ place: EnvironmentPath; settings: Settings }>) => {
  const { mayOperate } = useSession();
  const { form, touched, set, clear } = useDraft(`settings.${place.e}`, toForm(settings));
  const save = useChange((input: SettingsForm) => saveSettings(place, input, settings));
  const reset = useChange(async (): Promise<Saved> => ({ settings, ...(await resetMonitor(place)) }));
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    reset.reset();
    save.mutate(form, { onSuccess: clear });
  };
  return (
    <form onSubmit={submit} aria-label="Backup settings">
      <Stack gap="lg">
        {settings.monitor_reset_required && !save.isPending && (
          <ResetNotice
            mayOperate={mayOperate}
            busy={reset.isPending}
            onReset={() => {
              save.reset();
              reset.mutate(undefined);
            }}
          />
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
              <LimitFields form={form} set={set} />
            </Stack>
            <Stack>
              <AgreementFields form={form} set={set} />
              <EvidenceFields form={form} set={set} />
            </Stack>
            <Preview place={place} form={form} />
          </div>
        </fieldset>
        <Footer mayOperate={mayOperate} busy={save.isPending} touched={touched} discard={clear} />
        <Report busy={save.isPending} error={save.error ?? reset.error} saved={save.data ?? reset.data} />
      </Stack>
    </form>
  );
};

/** When to back up, who must agree, and where blocks are read from. */
export const SettingsSection = ({ place }: Readonly<{ place: EnvironmentPath }>) => {
  const settings = useSettings(place);
  return (
    <Stack gap="lg">
      <Title order={2} size="h4">
        Settings
      </Title>
      <Loaded query={settings} height={420}>
        {(loaded) => <SettingsEditor place={place} settings={loaded} />}
      </Loaded>
    </Stack>
  );
};
