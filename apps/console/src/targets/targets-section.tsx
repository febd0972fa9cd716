import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { Configuration } from '../api/client.js';
import { useConfigurations, useMembers, useProviders, type EnvironmentPath } from '../api/queries.js';
import { Empty, Loaded } from '../parts/states.js';
import { useSession } from '../session/session.js';
import { TargetCard } from './target-card.js';
import { TargetEditor } from './target-editor.js';

const NONE: readonly never[] = [];

/** The members' own copies. */
export const TargetsSection = ({ place }: Readonly<{ place: EnvironmentPath }>) => {
  const { identity } = useSession();
  const configurations = useConfigurations(place);
  const members = useMembers(place.c);
  const providers = useProviders();
  const [adding, setAdding] = useState(false);
  const mayAdd = identity.role !== 'member_viewer';
  const add = mayAdd && (
    <Button
      onClick={() => {
        setAdding(true);
      }}
    >
      Add a target
    </Button>
  );
  const isTarget = ({ type }: Configuration): boolean => type === 'backup';
  return (
    <Stack gap="lg">
      <Group justify="space-between" mih={36}>
        <Title order={2} size="h4">
          Targets
        </Title>
        {(configurations.data?.some(isTarget) ?? false) && add}
      </Group>
      <Loaded query={configurations} height={260}>
        {(list) =>
          list.some(isTarget) ? (
            <Loaded query={providers} height={260}>
              {(all) => (
                <ul className="plain rows" aria-label="Targets">
                  {list.filter(isTarget).map((target) => (
                    <li key={target._id}>
                      <TargetCard
                        place={place}
                        target={target}
                        members={members.data ?? NONE}
                        providers={all}
                      />
                    </li>
                  ))}
                </ul>
              )}
            </Loaded>
          ) : (
            <Empty title="No targets yet" action={add}>
              A target is a directory, bucket or container that belongs to a member. Chainkeep copies every
              backup file to it, oldest first. The copy can be verified without this service.
            </Empty>
          )
        }
      </Loaded>
      {!mayAdd && (
        <Text size="sm" c="dimmed">
          Your key is read-only. A member admin can add targets for its member.
        </Text>
      )}
      {adding && providers.data && (
        <TargetEditor
          place={place}
          members={members.data ?? NONE}
          providers={providers.data}
          opened
          close={() => {
            setAdding(false);
          }}
        />
      )}
    </Stack>
  );
};
