import { Alert, Button, Code, CopyButton, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import type { SyntheticEvent } from 'react';
import { api, unwrap, type Key, type Membership } from '../api/client.js';
import { useChange, useKeys } from '../api/queries.js';
import { Confirm } from '../parts/confirm.js';
import { useDraft } from '../parts/draft.js';
import { ProblemAlert } from '../parts/problem.js';
import { Loaded } from '../parts/states.js';
import { useSession } from '../session/session.js';

const base = '/api/v1/consortia/{c}/memberships/{id}/keys' as const;
const ROLES: Readonly<Record<Key['role'], string>> = {
  operator: 'Operator',
  member_admin: 'Member admin',
  member_viewer: 'Viewer',
};

const IssueKey = ({ member }: Readonly<{ member: Membership }>) => {
  const { form, set, clear } = useDraft<{ label: string; role: Key['role'] }>(`issue.${member._id}`, {
    label: '',
    role: 'member_viewer',
  });
  const path = { c: member.consortium_id, id: member._id };
  const issue = useChange((body: typeof form) => unwrap(api.POST(base, { params: { path }, body })));
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    issue.mutate(form, { onSuccess: clear });
  };
  return (
    <form onSubmit={submit} aria-label={`Issue a key for ${member.org_name}`}>
      <Stack gap="xs">
        <Group align="flex-end" gap="xs">
          <TextInput
            label="Purpose"
            size="xs"
            value={form.label}
            onChange={({ currentTarget }) => {
              set({ label: currentTarget.value });
            }}
          />
          <NativeSelect
            label="Role"
            size="xs"
            value={form.role}
            data={[
              { value: 'member_viewer', label: 'Viewer: can read' },
              { value: 'member_admin', label: 'Member admin: manages its targets' },
            ]}
            onChange={({ currentTarget }) => {
              set({ role: currentTarget.value as Key['role'] });
            }}
          />
          <Button type="submit" size="xs" loading={issue.isPending}>
            Issue key
          </Button>
        </Group>
        {issue.error && <ProblemAlert error={issue.error} />}
        {issue.data?.key !== undefined && (
          <Alert color="teal" variant="light" title="Copy this key now. It is not shown again." role="status">
            <Stack gap="xs" align="flex-start">
              <Code className="wrap">{issue.data.key}</Code>
              <CopyButton value={issue.data.key}>
                {({ copied, copy }) => (
                  <Button size="xs" variant="default" onClick={copy}>
                    {copied ? 'Copied' : 'Copy'}
                  </Button>
                )}
              </CopyButton>
            </Stack>
          </Alert>
        )}
      </Stack>
    </form>
  );
};

/** The keys of a member, without their secrets. */
export const MemberKeys = ({ member }: Readonly<{ member: Membership }>) => {
  const { mayOperate } = useSession();
  const { consortium_id: c, _id: id } = member;
  const keys = useKeys(c, id, true);
  const revoke = useChange((key: string) =>
    unwrap(api.DELETE(`${base}/{key}`, { params: { path: { c, id, key } } })),
  );
  return (
    <Stack gap="sm">
      <Loaded query={keys} height={60}>
        {(list) =>
          list.length === 0 ? (
            <Text size="sm" c="dimmed">
              No keys yet. Issue a key so that this member can sign in.
            </Text>
          ) : (
            <ul className="plain" aria-label={`Keys of ${member.org_name}`}>
              {list.map((key) => (
                <li key={key._id}>
                  <Group justify="space-between" wrap="nowrap">
                    <Text size="sm" className="wrap">
                      {key.label === '' ? key._id : key.label} · {ROLES[key.role]}
                    </Text>
                    {mayOperate && (
                      <Confirm
                        action="Revoke"
                        question="Revoke this key?"
                        onConfirm={() => {
                          revoke.mutate(key._id);
                        }}
                      >
                        The key stops working at once and cannot be restored. You can issue a new one.
                      </Confirm>
                    )}
                  </Group>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {revoke.error && <ProblemAlert error={revoke.error} />}
      {mayOperate && <IssueKey member={member} />}
    </Stack>
  );
};
