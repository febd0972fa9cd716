import { toEpochMs } from '#libs/kernel';
import { metricsText, type Gauge } from '#libs/runtime';
import type { EnvironmentHealth, Health, TargetHealth } from './health.handler.js';

type Measure<Row> = readonly [name: string, help: string, value: (row: Row) => number | undefined];

const seconds = (instant: string | null): number | undefined =>
  instant === null ? undefined : toEpochMs(instant) / 1_000;
const orNothing = (value: number | null): number | undefined => value ?? undefined;

const ENVIRONMENT: readonly Measure<EnvironmentHealth>[] = [
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
  [
    'chainkeep_chain_head_block',
    'The head that a quorum of the validators reaches.',
    (row) => orNothing(row.head_block),
  ],
  [
    'chainkeep_backup_lag_blocks',
    'Blocks between the last backed-up block and the head.',
    (row) => orNothing(row.lag_blocks),
  ],
  [
    'chainkeep_backup_lagging',
    'Are there blocks that the schedule should have backed up by now?',
    (row) => Number(row.lagging),
  ],
  ['chainkeep_findings_errors', 'Findings of severity error.', (row) => row.errors],
  ['chainkeep_findings_warnings', 'Findings of severity warning.', (row) => row.warnings],
];
const TARGET: readonly Measure<TargetHealth>[] = [
  ['chainkeep_target_enabled', 'Is the target fed?', (row) => Number(row.enabled)],
  ['chainkeep_target_failing', 'Did the last delivery fail?', (row) => Number(row.state === 'failing')],
  ['chainkeep_target_suspended', 'Are deliveries suspended?', (row) => Number(row.state === 'suspended')],
  ['chainkeep_target_delivered_files', 'Files on the target.', (row) => row.delivered_files],
];

const gaugesOf = <Row>(
  measures: readonly Measure<Row>[],
  rows: readonly Row[],
  labelsOf: Readonly<Record<string, (row: Row) => string>>,
): readonly Gauge[] =>
  measures.map(([name, help, valueOf]) => ({
    name,
    help,
    labels: Object.keys(labelsOf),
    rows: rows.flatMap((row) => {
      const value = valueOf(row);
      const labels = Object.entries(labelsOf).map(([label, of]) => [label, of(row)] as const);
      return value === undefined ? [] : [{ labels: Object.fromEntries(labels), value }];
    }),
  }));

/** The Prometheus text of what is known. */
export const toMetrics = ({ environments, targets }: Health, version: string): Promise<string> =>
  metricsText({ version, labels: {} }, [
    ...gaugesOf(ENVIRONMENT, environments, { environment: (row) => row.environment_id }),
    ...gaugesOf(TARGET, targets, {
      environment: (row) => row.environment_id,
      configuration: (row) => row.configuration_id,
    }),
  ]);
