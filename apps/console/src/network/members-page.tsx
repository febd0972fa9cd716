import { Anchor, Button, Group, Paper, Stack, TextInput, Title } from '@mantine/core';
import type { SyntheticEvent } from 'react';
import { Link } from 'wouter';
import { api, unwrap, type Membership } from '../api/client.js';
import { useChange, useMembers } from '../api/queries.js';
import { useDraft } from '../parts/draft.js';
import { ProblemAlert } from '../parts/problem.js';
import { Empty, Loaded } from '../parts/states.js';
import { useSession } from '../session/session.js';
import { MemberKeys } from './member-keys.js';

const AddMember = ({ c }: Readonly<{ c: string }>) => {
  const { form, set, clear } = useDraft(`member.${c}`, { orgName: '' });
  const add = useChange((orgName: string) =>
    unwrap(
      api.POST('/api/v1/consortia/{c}/memberships', { params: { path: { c } }, body: { org_name: orgName } }),
    ),
  );
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    add.mutate(form.orgName.trim(), { onSuccess: clear });
  };
  return (
    <form onSubmit={submit} aria-label="Add a member">
      <Stack gap="xs">
        <Group align="flex-end" gap="xs">
          <TextInput
            label="Name of the new member"
            required
            value={form.orgName}
            onChange={({ currentTarget }) => {
              set({ orgName: currentTarget.value });
            }}
          />
          <Button type="submit" loading={add.isPending}>
            Add member
          </Button>
        </Group>
        {add.error && <ProblemAlert error={add.error} />}
      </Stack>
    </form>
  );
};

const MemberCard = ({ member }: Readonly<{ member: Membership }>) => {
  const { maySteer } = useSession();
  return (
    <Paper withBorder radius="md" p="md" component="article" aria-label={member.org_name}>
      <Stack gap="sm">
        <Title order={2} size="h5" className="wrap">
          {member.org_name}
        </Title>
        {maySteer(member._id) && <MemberKeys member={member} />}
      </Stack>
    </Paper>
  );
};

/** The members of a consortium, and their keys. */
export const MembersPage = ({ c }: Readonly<{ c: string }>) => {
  const { mayOperate } = useSession();
  const members = useMembers(c);
  return (
    <main className="page">
      <title>Members · Chainkeep</title>
      <nav aria-label="Breadcrumb">
        <Anchor component={Link} href="/" size="sm">
          Environments
        </Anchor>
      </nav>
      <Stack gap="lg">
        <Title order={1} size="h2">
          Members and keys
        </Title>
        {mayOperate && <AddMember c={c} />}
        <Loaded query={members} height={260}>
          {(list) =>
            list.length === 0 ? (
              <Empty title="No members yet">
                A member is an organization in the consortium. It owns validators and targets, and its keys
                give access only to them.
              </Empty>
            ) : (
              <ul className="plain cards" aria-label="Members">
                {list.map((member) => (
                  <li key={member._id}>
                    <MemberCard member={member} />
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Stack>
    </main>
  );
};
