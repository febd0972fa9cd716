import { NativeSelect, NumberInput, TextInput } from '@mantine/core';
import type { Settings } from '../api/client.js';
import { SCHEDULES, type ScheduleKind, type SettingsForm } from './schedule-form.js';

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

type FieldsProps = Readonly<{ form: SettingsForm; set: (changes: Partial<SettingsForm>) => void }>;

/** When runs start. */
export const ScheduleFields = ({ form, set }: FieldsProps) => (
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

/** Who must agree, and where blocks are read from. */
export const AgreementFields = ({ form, set }: FieldsProps) => (
  <>
    <NativeSelect
      label="Agreement"
      description="Who must confirm the last block before it is backed up."
      value={form.agreement}
      data={[
        { value: 'all', label: 'All validators' },
        { value: 'quorum', label: 'A quorum of the validators' },
        { value: 'all_then_quorum', label: 'All validators; a quorum after some hours' },
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
      label="Minimum confirmations"
      description="The newest blocks to leave for the next run. 0 backs up every agreed block."
      min={0}
      value={form.minConfirmations}
      onChange={(value) => {
        set({ minConfirmations: String(value) });
      }}
    />
    <NativeSelect
      label="Block source"
      description="RPC keeps every node running. The other sources need a controller on the server."
      value={form.gather}
      data={[
        { value: 'rpc', label: 'RPC (recommended)' },
        { value: 'client-export', label: 'Client export: halts the monitor' },
        { value: 'admin-export', label: 'Admin export: the running client writes the files' },
      ]}
      onChange={({ currentTarget }) => {
        set({ gather: currentTarget.value as Settings['gather'] });
      }}
    />
    {form.gather === 'client-export' && (
      <>
        <TextInput
          label="Unavailable while the monitor is halted"
          description="Services that depend on the monitor, separated by commas."
          value={form.unavailable}
          onChange={({ currentTarget }) => {
            set({ unavailable: currentTarget.value });
          }}
        />
        <NumberInput
          label="Maximum halt (minutes)"
          min={1}
          value={form.haltMinutes}
          onChange={(value) => {
            set({ haltMinutes: String(value) });
          }}
        />
      </>
    )}
  </>
);
