import { NativeSelect, TextInput } from '@mantine/core';
import { api, unwrap, type Membership, type NodeResource } from '../api/client.js';
import { useChange, useNodes, type EnvironmentPath } from '../api/queries.js';
import { useDraft } from '../parts/draft.js';
import { FormDialog } from '../parts/form-dialog.js';

type Form = {
  name: string;
  role: NodeResource['role'];
  membershipId: string;
  url: string;
  address: string;
  sameAs: string;
};
const base = '/api/v1/consortia/{c}/environments/{e}/nodes' as const;

/** The scheme decides how to connect to the node. */
const urlsOf = (url: string): Record<string, string> => {
  if (/^wss?:/i.test(url)) return { wss: url };
  return /^https?:/i.test(url) ? { rpc: url } : { ipc: url };
};

/** Null takes away what was there. */
const identityOf = ({ address, sameAs, role }: Form, node: NodeResource | undefined) => {
  const wanted = {
    address: role === 'validator' && address.trim() !== '' ? address.trim() : null,
    same_as: sameAs === '' ? null : sameAs,
  };
  return node === undefined
    ? {
        ...(wanted.address && { address: wanted.address }),
        ...(wanted.same_as && { same_as: wanted.same_as }),
      }
    : wanted;
};

const save = (place: EnvironmentPath, form: Form, node: NodeResource | undefined): Promise<NodeResource> => {
  const body = {
    name: form.name.trim(),
    role: form.role,
    urls: urlsOf(form.url.trim()),
    ...(form.membershipId === '' ? {} : { membership_id: form.membershipId }),
    ...identityOf(form, node),
  };
  return node === undefined
    ? unwrap(api.POST(base, { params: { path: place }, body }))
    : unwrap(api.PATCH(`${base}/{id}`, { params: { path: { ...place, id: node._id } }, body }));
};

type Props = Readonly<{
  place: EnvironmentPath;
  members: readonly Membership[];
  node?: NodeResource;
  close: () => void;
}>;

const initialOf = (node: NodeResource | undefined): Form => {
  if (node === undefined)
    return { name: '', role: 'validator', membershipId: '', url: '', address: '', sameAs: '' };
  const { name, role, membership_id: membershipId = '', urls, address, same_as: sameAs } = node;
  return {
    ...{ name, role, membershipId },
    url: Object.values(urls)[0] ?? '',
    address: address ?? '',
    sameAs: sameAs ?? '',
  };
};

type IdentityProps = Readonly<{
  place: EnvironmentPath;
  node: NodeResource | undefined;
  form: Form;
  set: (changes: Partial<Form>) => void;
}>;

/** Who the node is: nodes that are one have one vote. */
const IdentityFields = ({ place, node, form, set }: IdentityProps) => {
  const nodes = useNodes(place).data ?? [];
  const others = nodes.filter(({ _id }) => _id !== node?._id);
  return (
    <>
      {form.role === 'validator' && (
        <TextInput
          label="Validator address"
          description="0x and 40 hex digits. Compared with the validators that the chain lists. Leave it empty to ask the node."
          value={form.address}
          onChange={({ currentTarget }) => {
            set({ address: currentTarget.value });
          }}
        />
      )}
      {others.length > 0 && (
        <NativeSelect
          label="Same node as"
          description="Two URLs of one node have one vote. Chainkeep can't always tell by itself."
          value={form.sameAs}
          data={[
            { value: '', label: 'None: it is a node by itself' },
            ...others.map(({ _id, name }) => ({ value: _id, label: name })),
          ]}
          onChange={({ currentTarget }) => {
            set({ sameAs: currentTarget.value });
          }}
        />
      )}
    </>
  );
};

/** Registers a node or changes one. */
export const NodeEditor = ({ place, members, node, close }: Props) => {
  const draft = useDraft<Form>(`node.${place.e}.${node?._id ?? 'new'}`, initialOf(node));
  const { form, set } = draft;
  const change = useChange((input: Form) => save(place, input, node));
  return (
    <FormDialog
      title={node ? `Edit ${node.name}` : 'Add a node'}
      action={node ? 'Save' : 'Add'}
      draft={draft}
      change={change}
      close={close}
    >
      <TextInput
        label="Name"
        required
        data-autofocus
        value={form.name}
        onChange={({ currentTarget }) => {
          set({ name: currentTarget.value });
        }}
      />
      <NativeSelect
        label="Role"
        value={form.role}
        data={[
          { value: 'validator', label: 'Validator: confirms blocks' },
          { value: 'monitor', label: 'Monitor: blocks are read from this node' },
          { value: 'other', label: 'Other' },
        ]}
        onChange={({ currentTarget }) => {
          set({ role: currentTarget.value as Form['role'] });
        }}
      />
      <NativeSelect
        label="Member"
        value={form.membershipId}
        data={[
          { value: '', label: 'None' },
          ...members.map(({ _id, org_name }) => ({ value: _id, label: org_name })),
        ]}
        onChange={({ currentTarget }) => {
          set({ membershipId: currentTarget.value });
        }}
      />
      <TextInput
        label="URL"
        description="http(s)://, ws(s):// or the path of an IPC socket. A user and password in the URL are stored encrypted."
        required
        value={form.url}
        onChange={({ currentTarget }) => {
          set({ url: currentTarget.value });
        }}
      />
      <IdentityFields place={place} node={node} form={form} set={set} />
    </FormDialog>
  );
};
