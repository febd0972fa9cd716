import { NativeSelect, TextInput } from '@mantine/core';
import { api, unwrap, type NodeResource } from '../api/client.js';
import { useChange, type EnvironmentPath } from '../api/queries.js';
import { useDraft } from '../parts/draft.js';
import { FormDialog } from '../parts/form-dialog.js';

const HOUR_MS = 3_600_000;
const DURATIONS = [
  { value: '1', label: 'One hour' },
  { value: '4', label: 'Four hours' },
  { value: '24', label: 'One day' },
  { value: '72', label: 'Three days' },
  { value: '168', label: 'One week' },
];

type Form = { hours: string; reason: string };
type Props = Readonly<{ place: EnvironmentPath; node: NodeResource; close: () => void }>;

/** Excuses a validator during maintenance, so that backups do not wait for it. */
export const ExcuseEditor = ({ place, node, close }: Props) => {
  const draft = useDraft<Form>(`excuse.${node._id}`, { hours: '4', reason: '' });
  const { form, set } = draft;
  const change = useChange(({ hours, reason }: Form) =>
    unwrap(
      api.POST('/api/v1/consortia/{c}/environments/{e}/nodes/{id}/excuse', {
        params: { path: { ...place, id: node._id } },
        body: {
          until: new Date(Date.now() + Number(hours) * HOUR_MS).toISOString(),
          reason: reason.trim(),
        },
      }),
    ),
  );
  return (
    <FormDialog title={`Excuse ${node.name}`} action="Excuse" draft={draft} change={change} close={close}>
      <NativeSelect
        label="For"
        description="Backups do not wait for this validator during this time. The excuse then expires; you can also end it earlier."
        value={form.hours}
        data={DURATIONS}
        onChange={({ currentTarget }) => {
          set({ hours: currentTarget.value });
        }}
      />
      <TextInput
        label="Reason"
        description="Visible to every member and kept in the history."
        required
        data-autofocus
        value={form.reason}
        onChange={({ currentTarget }) => {
          set({ reason: currentTarget.value });
        }}
      />
    </FormDialog>
  );
};
