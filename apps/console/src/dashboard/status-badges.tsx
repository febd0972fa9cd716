import { Badge, Group } from '@mantine/core';
import type { Configuration, Status } from '../api/client.js';

type Mark = Readonly<{ color: string; word: string }>;

const troubled = (configurations: readonly Configuration[], state: string): number =>
  configurations.filter((one) => one.type === 'backup' && one.state === state).length;

const plural = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;

const runMark = ({ enabled, in_progress, phase, last_run, overdue_since }: Status): Mark[] => [
  ...(enabled ? [] : [{ color: 'gray', word: 'Backups off' }]),
  ...(in_progress ? [{ color: 'blue', word: `Backup in progress: ${phase}` }] : []),
  ...(last_run?.outcome === 'disputed' ? [{ color: 'red', word: 'Disputed' }] : []),
  ...(last_run?.outcome === 'failed' ? [{ color: 'red', word: 'Last run failed' }] : []),
  ...(overdue_since === null ? [] : [{ color: 'orange', word: 'Overdue' }]),
];

const monitorMark = ({ monitor, monitor_reset_required, findings }: Status): Mark[] => [
  ...(monitor === 'online'
    ? [
        findings.some(({ code }) => code === 'MONITOR_STALLED')
          ? { color: 'red', word: 'Monitor stalled' }
          : { color: 'teal', word: 'Monitor online' },
      ]
    : []),
  ...(monitor === 'halted' ? [{ color: 'orange', word: 'Monitor halted' }] : []),
  ...(monitor === 'unreachable' ? [{ color: 'red', word: 'Monitor unreachable' }] : []),
  ...(monitor_reset_required ? [{ color: 'orange', word: 'Monitor reset required' }] : []),
];

const targetMark = (configurations: readonly Configuration[]): Mark[] => {
  const suspended = troubled(configurations, 'suspended');
  const failing = troubled(configurations, 'failing');
  const behind = troubled(configurations, 'backfilling');
  return [
    ...(suspended > 0 ? [{ color: 'red', word: `${plural(suspended, 'target')} suspended` }] : []),
    ...(failing > 0 ? [{ color: 'red', word: `${plural(failing, 'target')} failing` }] : []),
    ...(behind > 0 ? [{ color: 'orange', word: `${plural(behind, 'target')} catching up` }] : []),
  ];
};

/** The state of an environment as badges. */
export const StatusBadges = ({
  status,
  configurations,
}: Readonly<{ status: Status; configurations: readonly Configuration[] }>) => (
  <Group gap={6} role="group" aria-label="State">
    {[...runMark(status), ...monitorMark(status), ...targetMark(configurations)].map(({ color, word }) => (
      <Badge key={word} variant="light" color={color} tt="none">
        {word}
      </Badge>
    ))}
  </Group>
);
