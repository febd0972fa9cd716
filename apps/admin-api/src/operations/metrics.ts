import { toEpochMs } from '#libs/kernel';
import type { EnvironmentHealth, Health, TargetHealth } from './health.handler.js';

type Gauge<Row> = readonly [name: string, help: string, value: (row: Row) => number | undefined];

const seconds = (instant: string | null): number | undefined =>
  instant === null ? undefined : toEpochMs(instant) / 1_000;
const orNothing = (value: number | null): number | undefined => value ?? undefined;

const ENVIRONMENT: readonly Gauge<EnvironmentHealth>[] = [
  ['chainkeep_backup_enabled', 'Are backups enabled?', (row) => Number(row.enabled)],
  ['chainkeep_backup_in_progress', 'Is a run under way?', (row) => Number(row.in_progress)],
  ['chainkeep_backup_failed', 'Did the last run fail?', (row) => Number(row.trouble === 'failed')],
  ['chainkeep_backup_disputed', 'Was the last run disputed?', (row) => Number(row.trouble === 'disputed')],
  [
    'chainkeep_backup_overdue',
    'Did slots pass without success?',
    (row) => Number(row.overdue_since !== null),
  ],
  [
    'chainkeep_backup_last_success_timestamp_seconds',
    'When a run last completed.',
    (row) => seconds(row.last_success_at),
  ],
  ['chainkeep_backup_protected_block', 'The last backed-up block.', (row) => orNothing(row.protected_block)],
  ['chainkeep_chain_head_block', 'The highest head seen by a run.', (row) => orNothing(row.head_block)],
];
const TARGET: readonly Gauge<TargetHealth>[] = [
  ['chainkeep_target_enabled', 'Is the target fed?', (row) => Number(row.enabled)],
  ['chainkeep_target_failing', 'Did the last delivery fail?', (row) => Number(row.state === 'failing')],
  ['chainkeep_target_suspended', 'Are deliveries suspended?', (row) => Number(row.state === 'suspended')],
  ['chainkeep_target_delivered_files', 'Files on the target.', (row) => row.delivered_files],
];

const linesOf = <Row>(gauges: readonly Gauge<Row>[], rows: readonly Row[], labels: (row: Row) => string) =>
  gauges.flatMap(([name, help, value]) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...rows.flatMap((row) => {
      const found = value(row);
      return found === undefined ? [] : [`${name}{${labels(row)}} ${found}`];
    }),
  ]);

/** The Prometheus text of what is known. Ids need no escaping: their alphabet has none of its special characters. */
export const toMetrics = (
  { environments, targets }: Health,
  process: Readonly<{ version: string; heapBytes: number; uptimeSeconds: number }>,
): string =>
  [
    '# HELP chainkeep_info The running version.',
    '# TYPE chainkeep_info gauge',
    `chainkeep_info{version="${process.version}"} 1`,
    '# HELP chainkeep_heap_bytes Heap in use.',
    '# TYPE chainkeep_heap_bytes gauge',
    `chainkeep_heap_bytes ${process.heapBytes}`,
    '# HELP chainkeep_uptime_seconds Time since the process started.',
    '# TYPE chainkeep_uptime_seconds gauge',
    `chainkeep_uptime_seconds ${process.uptimeSeconds}`,
    ...linesOf(ENVIRONMENT, environments, (row) => `environment="${row.environment_id}"`),
    ...linesOf(
      TARGET,
      targets,
      (row) => `environment="${row.environment_id}",configuration="${row.configuration_id}"`,
    ),
    '',
  ].join('\n');
