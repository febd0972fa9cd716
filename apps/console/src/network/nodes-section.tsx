import { Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { api, unwrap, type Membership, type NodeResource } from '../api/client.js';
import { useChange, useMembers, useNodes, type EnvironmentPath } from '../api/queries.js';
import { Confirm } from '../parts/confirm.js';
import { Checks } from '../parts/checks.js';
import { When } from '../parts/format.js';
import { ProblemAlert } from '../parts/problem.js';
import { Empty, Loaded } from '../parts/states.js';
import { useSession } from '../session/session.js';
import { ExcuseEditor } from './excuse-editor.js';
import { NodeEditor } from './node-editor.js';

const base = '/api/v1/consortia/{c}/environments/{e}/nodes/{id}' as const;
const ROLES = { validator: 'Validator', monitor: 'Monitor', other: 'Other' } as const;

type Props = Readonly<{ place: EnvironmentPath; node: NodeResource; members: readonly Membership[] }>;

/** What removing a node means. */
const lossOf = ({ role }: NodeResource): string =>
  role === 'validator' ? 'Backups no longer ask this validator.' : 'Backups cannot run without a monitor.';

const useNodeActions = (place: EnvironmentPath, id: string) => {
  const params = { path: { ...place, id } };
  const probe = useChange(() => unwrap(api.POST(`${base}/probe`, { params })));
  const reset = useChange(() => unwrap(api.PUT(`${base}/reset`, { params })));
  const remove = useChange(() => unwrap(api.DELETE(base, { params })));
  const endExcuse = useChange(() => unwrap(api.DELETE(`${base}/excuse`, { params })));
  return {
    probe,
    reset,
    remove,
    endExcuse,
    error: probe.error ?? reset.error ?? remove.error ?? endExcuse.error,
    findings: reset.data?.reset.findings ?? probe.data?.findings,
  };
};

const NodeActions = ({ place, node, members }: Props) => {
  const [dialog, setDialog] = useState<'edit' | 'excuse'>();
  const close = (): void => {
    setDialog(undefined);
  };
  const { probe, reset, remove, endExcuse, error, findings } = useNodeActions(place, node._id);
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          loading={probe.isPending}
          onClick={() => {
            reset.reset();
            probe.mutate(undefined);
          }}
        >
          Probe
        </Button>
        {node.role === 'monitor' && (
          <Button
            size="xs"
            variant="default"
            loading={reset.isPending}
            onClick={() => {
              reset.mutate(undefined);
            }}
          >
            Reset
          </Button>
        )}
        {node.role === 'validator' && (
          <Button
            size="xs"
            variant="default"
            loading={endExcuse.isPending}
            onClick={() => {
              if (node.excused) endExcuse.mutate(undefined);
              else setDialog('excuse');
            }}
          >
            {node.excused ? 'End excuse' : 'Excuse'}
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            setDialog('edit');
          }}
        >
          Edit
        </Button>
        <Confirm
          action="Remove"
          question={`Remove ${node.name}?`}
          onConfirm={() => {
            remove.mutate(undefined);
          }}
        >
          {lossOf(node)} The node itself keeps running.
        </Confirm>
      </Group>
      {error && <ProblemAlert error={error} />}
      {findings && (
        <div aria-live="polite">
          <Checks checks={findings} label={`Probe results of ${node.name}`} />
        </div>
      )}
      {dialog === 'edit' && <NodeEditor place={place} node={node} members={members} close={close} />}
      {dialog === 'excuse' && <ExcuseEditor place={place} node={node} close={close} />}
    </Stack>
  );
};

const NodeCard = ({ place, node, members }: Props) => {
  const { mayOperate } = useSession();
  const owner = members.find(({ _id }) => _id === node.membership_id)?.org_name ?? node.membership_id;
  return (
    <Paper withBorder radius="md" p="md" component="article" aria-label={node.name}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div className="wrap">
            <Title order={3} size="h5">
              {node.name}
            </Title>
            <Text size="sm" c="dimmed" className="wrap">
              {owner === undefined ? '' : `${owner} · `}
              {Object.values(node.urls).join(', ')}
            </Text>
          </div>
          <Badge
            variant="light"
            color={node.role === 'monitor' ? 'blue' : 'gray'}
            className="fixed"
            tt="none"
          >
            {ROLES[node.role]}
          </Badge>
        </Group>
        {node.excused && (
          <Text size="sm">
            Excused; ends <When at={node.excused.until} />. {node.excused.reason}
          </Text>
        )}
        {mayOperate && <NodeActions place={place} node={node} members={members} />}
      </Stack>
    </Paper>
  );
};

/** The validators and the monitor. */
export const NodesSection = ({ place }: Readonly<{ place: EnvironmentPath }>) => {
  const { mayOperate } = useSession();
  const nodes = useNodes(place);
  const members = useMembers(place.c);
  const [adding, setAdding] = useState(false);
  const add = mayOperate && (
    <Button
      onClick={() => {
        setAdding(true);
      }}
    >
      Add a node
    </Button>
  );
  return (
    <Stack gap="lg">
      <Group justify="space-between" mih={36}>
        <Title order={2} size="h4">
          Nodes
        </Title>
        {nodes.data !== undefined && nodes.data.length > 0 && add}
      </Group>
      <Loaded query={nodes} height={300}>
        {(list) =>
          list.length === 0 ? (
            <Empty title="No nodes yet" action={add}>
              Add the monitor, which blocks are read from, and every validator, which must confirm blocks
              before they are backed up.
            </Empty>
          ) : (
            <ul className="plain cards" aria-label="Nodes">
              {list.map((node) => (
                <li key={node._id}>
                  <NodeCard place={place} node={node} members={members.data ?? []} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {adding && (
        <NodeEditor
          place={place}
          members={members.data ?? []}
          close={() => {
            setAdding(false);
          }}
        />
      )}
    </Stack>
  );
};
