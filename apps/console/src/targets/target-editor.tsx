import { NativeSelect, PasswordInput, Switch, TextInput } from '@mantine/core';
import { api, unwrap, type Configuration, type Membership, type Provider } from '../api/client.js';
import { useChange, type EnvironmentPath } from '../api/queries.js';
import { useDraft } from '../parts/draft.js';
import { FormDialog } from '../parts/form-dialog.js';
import { useSession } from '../session/session.js';
import {
  emptyTarget,
  fieldsOf,
  secretFields,
  providerNamed,
  toDetails,
  toTargetForm,
  type Field,
  type TargetForm,
} from './providers.js';

const base = '/api/v1/consortia/{c}/environments/{e}/configurations' as const;

const save = (
  place: EnvironmentPath,
  { form, details }: Readonly<{ form: TargetForm; details: Record<string, unknown> }>,
  existing: Configuration | undefined,
): Promise<Configuration> => {
  const name = form.name.trim();
  if (existing !== undefined) {
    const path = { ...place, id: existing._id };
    return unwrap(api.PATCH(`${base}/{id}`, { params: { path }, body: { name, details } }));
  }
  const body = { name, membership_id: form.membershipId, type: 'backup', details };
  return unwrap(api.POST(base, { params: { path: place }, body }));
};

type InputProps = Readonly<{ field: Field; value: string; onChange: (value: string) => void }>;

const FieldInput = ({ field, value, onChange }: InputProps) => {
  const Input = field.secret ? PasswordInput : TextInput;
  return (
    <Input
      label={field.label}
      description={
        field.secret ? `${field.hint ?? ''} Stored encrypted and never shown again.`.trim() : field.hint
      }
      required={field.required}
      value={value}
      autoComplete="off"
      onChange={({ currentTarget }) => {
        onChange(currentTarget.value);
      }}
    />
  );
};

type Props = Readonly<{
  place: EnvironmentPath;
  members: readonly Membership[];
  /** Every provider of the service. */
  providers: readonly Provider[];
  existing?: Configuration | undefined;
  opened: boolean;
  close: () => void;
}>;

/** The members and providers that the key may choose, and the initial form. */
const useChoices = ({
  members,
  existing,
  providers: all,
}: Pick<Props, 'members' | 'existing' | 'providers'>) => {
  const { mayOperate, maySteer } = useSession();
  const mine = members.filter(({ _id }) => maySteer(_id));
  const own = existing?.details['provider'];
  const providers = all.filter(({ access, name }) => mayOperate || access === 'member' || name === own);
  const initial = existing
    ? toTargetForm(existing, all)
    : emptyTarget(mine[0]?._id ?? '', providers[0]?.name ?? '');
  return { mine, providers, initial, mayAdd: mine.length > 0 };
};

type FormProps = Readonly<{ form: TargetForm; set: (changes: Partial<TargetForm>) => void }>;

const MemberSelect = ({ form, set, mine }: FormProps & Readonly<{ mine: readonly Membership[] }>) => (
  <NativeSelect
    label="Member"
    description={
      mine.length === 0
        ? 'A target belongs to a member. Add a member first under “Members and keys”.'
        : 'The member that owns this copy.'
    }
    value={form.membershipId}
    data={mine.map(({ _id, org_name }) => ({ value: _id, label: org_name }))}
    onChange={({ currentTarget }) => {
      set({ membershipId: currentTarget.value });
    }}
  />
);

const PlaceFields = ({ form, set, providers }: FormProps & Readonly<{ providers: readonly Provider[] }>) => (
  <>
    <NativeSelect
      label="Storage"
      value={form.provider}
      data={providers.map(({ name, label }) => ({ value: name, label }))}
      onChange={({ currentTarget }) => {
        set({ provider: currentTarget.value });
      }}
    />
    {fieldsOf(providerNamed(providers, form.provider)).map((field) => (
      <FieldInput
        key={`${form.provider}.${field.name}`}
        field={field}
        value={form[`field_${field.name}`] ?? ''}
        onChange={(value) => {
          set({ [`field_${field.name}`]: value });
        }}
      />
    ))}
    <Switch
      label="Environment Backup Target"
      description="Delivers every file: first all existing ones, then each new one."
      checked={form.enabled}
      onChange={({ currentTarget }) => {
        set({ enabled: currentTarget.checked });
      }}
    />
  </>
);

/** Adds or changes a target. The input is kept when the service refuses it. */
export const TargetEditor = ({ place, members, providers: all, existing, opened, close }: Props) => {
  const { mine, providers, initial, mayAdd } = useChoices({ members, existing, providers: all });
  const draft = useDraft(`target.${place.e}.${existing?._id ?? 'new'}`, initial, secretFields(all));
  const { form, set } = draft;
  const change = useChange((input: TargetForm) =>
    save(place, { form: input, details: toDetails(input, all) }, existing),
  );
  const words = existing
    ? { title: `Edit ${existing.name}`, action: 'Save' }
    : { title: 'Add a target', action: 'Add and test' };
  return (
    <FormDialog
      opened={opened}
      title={words.title}
      action={words.action}
      draft={draft}
      change={change}
      disabled={!existing && !mayAdd}
      close={close}
    >
      <TextInput
        label="Name"
        required
        value={form.name}
        data-autofocus
        onChange={({ currentTarget }) => {
          set({ name: currentTarget.value });
        }}
      />
      {!existing && <MemberSelect form={form} set={set} mine={mine} />}
      <PlaceFields form={form} set={set} providers={providers} />
    </FormDialog>
  );
};
