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
        description="15 to 44,640."
        min={15}
        max={44_640}
        value={form.everyMinutes}
        onChange={(value) => {
          set({ everyMinutes: String(value) });
        }}
      />
    )}
    {form.kind === 'blocks' && (
      <NumberInput
        label="Blocks between runs"
        description="10,000 to 1,000,000,000."
        min={10_000}
        max={1_000_000_000}
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

/** What is believed of the nodes. */
export const EvidenceFields = ({ form, set }: FieldsProps) => (
  <>
    <NativeSelect
      label="Blocks whose seals are invalid"
      description="Applies to chains whose blocks validators seal. Held-back files stay staged until you release them."
      value={form.evidence}
      data={[
        { value: 'require', label: 'Hold the file back' },
        { value: 'record', label: 'Record the file with a warning' },
      ]}
      onChange={({ currentTarget }) => {
        set({ evidence: currentTarget.value as Settings['evidence'] });
      }}
    />
    <NumberInput
      label="Deepest fork replaced without asking (blocks)"
      description="Files that a deeper fork left are replaced only after you decide."
      min={0}
      max={1_000_000_000}
      value={form.maxReorgBlocks}
      onChange={(value) => {
        set({ maxReorgBlocks: String(value) });
      }}
    />
  </>
);

/** What is worth a warning, and what is too large. */
export const LimitFields = ({ form, set }: FieldsProps) => (
  <>
    <TextInput
      label="Warn when no block comes within"
      description="An ISO 8601 duration, for example PT10M. Leave it empty for chains without empty blocks."
      placeholder="Off"
      value={form.blockWithin}
      onChange={({ currentTarget }) => {
        set({ blockWithin: currentTarget.value });
      }}
    />
    <NumberInput
      label="Largest block (MiB)"
      description="A node that sends a larger block is at fault. At most 512."
      min={1}
      max={512}
      value={form.blockMib}
      onChange={(value) => {
        set({ blockMib: String(value) });
      }}
    />
  </>
);
