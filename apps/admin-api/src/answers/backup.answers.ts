import { CONFIRMATION_OUTCOMES, EVIDENCE_LEVELS, EVIDENCE_VERDICTS } from '#libs/domain';
import { z } from 'zod';
import { block, code, count, hash, instant } from './common.js';
import { findingAnswer } from './finding.answers.js';
import { answer, type Answer } from './registry.js';

export const settingsAnswer = answer(
  'BackupSettings',
  z.object({
    enabled: z.boolean(),
    frequency: z.enum(['once', 'twice', 'three', 'four']).optional(),
    cron: z.string().optional(),
    time_zone: z.string().optional(),
    every_minutes: count.optional(),
    every_blocks: count.optional(),
    agreement: z.enum(['all', 'quorum', 'all_then_quorum']),
    after_hours: z.number().optional(),
    min_confirmations: count,
    expected_block_within: z
      .string()
      .nullable()
      .describe('ISO 8601. A run warns when the newest block of the network is older; null turns it off.'),
    max_reorg_blocks: count,
    gather: z.enum(['rpc', 'client-export', 'admin-export']),
    segment_blocks: count,
    compression: z.enum(['none', 'gzip']),
    unavailable_while_halted: z.array(z.string()),
    max_halt_minutes: count,
    block_bytes_max: count,
    evidence: z
      .enum(['require', 'record'])
      .meta({ description: 'By default `require` where the genesis of a sealing consensus is known.' }),
    monitor_reset_required: z.boolean(),
    next_runs: z.array(instant),
    warnings: z.array(z.object({ code, message: z.string() })).optional(),
  }),
);
export type SettingsAnswer = Answer<typeof settingsAnswer>;

export const nextRunsAnswer = answer('NextRuns', z.object({ next_runs: z.array(instant) }));
export type NextRunsAnswer = Answer<typeof nextRunsAnswer>;

export const statusAnswer = answer(
  'BackupStatus',
  z.object({
    enabled: z.boolean(),
    in_progress: z.boolean(),
    phase: z.enum(['idle', 'agreeing', 'exporting']),
    run_id: z.string().nullable(),
    monitor: z.enum(['online', 'halted', 'unreachable']),
    halted_until: instant.nullable(),
    monitor_reset_required: z.boolean(),
    unavailable_services: z.array(z.string()),
    protected_block: block.nullable(),
    head_block: block.nullable(),
    lag_blocks: count.nullable(),
    last_success_at: instant.nullable(),
    next_run_at: instant.nullable(),
    overdue_since: instant.nullable(),
    last_run: z
      .object({
        _id: z.string(),
        outcome: z.enum(['completed', 'skipped', 'disputed', 'failed']),
        at: instant,
        code: code.optional(),
      })
      .nullable(),
    progress: z
      .object({
        files_done: count,
        files_planned: count,
        backlog_end: block,
        blocks_left: z.int(),
        seconds_left: z.int().nullable(),
      })
      .nullable(),
    findings: z.array(findingAnswer).meta({ description: 'What is wrong, the gravest first.' }),
  }),
);
export type StatusAnswer = Answer<typeof statusAnswer>;

const slot = z.union([
  z.object({ kind: z.literal('time'), at: instant }),
  z.object({ kind: z.literal('block'), number: block }),
]);
const runFile = z.object({
  file: z.string(),
  ordinal: count,
  start_block: block,
  end_block: block,
  sha256: z.string(),
  bytes: count,
  date: instant,
});

export const runAnswer = answer(
  'Run',
  z.object({
    _id: z.string(),
    environment_id: z.string(),
    trigger: z.enum(['schedule', 'manual', 'bus', 'retry', 'backlog']),
    slot: slot.optional(),
    state: z.enum(['requested', 'agreed', 'completed', 'skipped', 'disputed', 'failed', 'coalesced']),
    requested_at: instant,
    finished_at: instant.optional(),
    retry_of: z.string().optional(),
    coalesced_into: z.string().optional(),
    attempt: count,
    phases: z.array(z.object({ phase: z.string(), at: instant })),
    range: z.object({ start_block: block, end_block: block, end_hash: hash }).optional(),
    rule: z.string().optional(),
    confirmations: z.array(
      z.object({
        node_id: z.string(),
        outcome: z.enum(CONFIRMATION_OUTCOMES),
        hash: hash.optional(),
        head: block.optional(),
        detail: z.string().optional(),
      }),
    ),
    departures: z.array(z.object({ node_id: z.string(), height: block, hash, expected: hash })),
    rounds: count.optional(),
    lookups: count.optional(),
    head: block.optional(),
    files: z.array(runFile),
    planned_files: count.optional(),
    backlog_end: block.optional(),
    warnings: z.array(code).meta({ description: 'Codes; `findings` has them in words.' }),
    findings: z.array(findingAnswer),
    superseded: z.object({ from_block: block, through_ordinal: z.int(), why: z.string() }).optional(),
    skip_reason: z.enum(['NO_NEW_BLOCK', 'BACKUP_DISABLED']).optional(),
    error: z.object({ code, message: z.string(), hint: z.string() }).optional(),
  }),
);
export type RunAnswer = Answer<typeof runAnswer>;

/** The file that the next run records although its evidence is not in order. */
export const releaseAnswer = answer(
  'Release',
  z.object({ run_id: z.string(), start_block: block, end_block: block, end_hash: hash, reason: z.string() }),
);
export type ReleaseAnswer = Answer<typeof releaseAnswer>;

/** The block from which the validators are followed again. */
export const reanchorAnswer = answer('Reanchor', z.object({ block, hash, reason: z.string() }));
export type ReanchorAnswer = Answer<typeof reanchorAnswer>;

/** What an operator decided about files that the nodes left. */
export const decisionAnswer = answer(
  'Decision',
  z.object({
    decision: z.enum(['keep', 'supersede']),
    reason: z.string(),
    code: code.optional(),
    from_block: block.optional(),
    other: z.object({ block, hash }).optional(),
  }),
);
export type DecisionAnswer = Answer<typeof decisionAnswer>;

const blockEntry = z.object({ block, hash, parent_hash: hash });
const certificate = z.object({ kind: z.string(), summary: z.string() });
const evidence = z
  .object({
    level: z.enum(EVIDENCE_LEVELS),
    verdict: z.enum(EVIDENCE_VERDICTS),
    stated_by: z.object({ nodes: z.array(z.string()), asked: count }).optional(),
    genesis_sha256: z.string().optional(),
  })
  .meta({ description: 'What makes the blocks canonical. Not known of files of version 0.1.' });
const historyEntry = z.object({
  file: z.string(),
  date: instant,
  canonical_chain: z.boolean(),
  raftSwapFile: z.boolean(),
  start_block: blockEntry,
  end_block: blockEntry,
});

export const historyAnswer = answer(
  'History',
  z.object({
    latest_backup: instant.nullable(),
    provider: z.enum(['geth', 'quorum', 'besu']),
    history: z.array(
      historyEntry.extend({
        ordinal: count.optional(),
        sha256: z.string().optional(),
        bytes: count.optional(),
        content_root: hash.optional(),
        transactions: count.optional(),
        source_node: z.string().optional(),
        certificate: certificate.optional(),
        evidence: evidence.optional(),
        run_id: z.string().optional(),
        targets: z.array(z.string()).optional(),
      }),
    ),
  }),
);
export type HistoryAnswer = Answer<typeof historyAnswer>;

/** One file of the history with everything that is known of it. */
export const fileAnswer = answer(
  'BackupFile',
  historyEntry.extend({
    ordinal: count,
    sha256: z.string(),
    bytes: count,
    content_root: hash,
    transactions: count,
    source_node: z.string(),
    certificate,
    evidence: evidence.optional(),
    run_id: z.string(),
    exported_at: instant,
  }),
);
export type FileAnswer = Answer<typeof fileAnswer>;

/** What covers the chain: the files, and how far each target has got. */
export const coverageAnswer = answer(
  'Coverage',
  z.object({
    head_block: block.nullable(),
    files: z
      .array(
        z.object({
          ordinal: count,
          file: z.string(),
          start_block: block,
          end_block: block,
          canonical_chain: z.boolean(),
        }),
      )
      .meta({ description: 'In the order of their ordinals. Each was read back from the managed bucket.' }),
    targets: z.array(
      z.object({
        _id: z.string(),
        name: z.string(),
        membership_id: z.string().optional(),
        enabled: z.boolean(),
        delivered_through: z.int().meta({ description: 'Files up to this ordinal are there; -1: none.' }),
        verified_through: z
          .int()
          .meta({ description: 'Files up to this ordinal were compared with the ledger; -1: none.' }),
        failed: z.array(count).meta({ description: 'Ordinals whose delivery failed or that are damaged.' }),
      }),
    ),
  }),
);
export type CoverageAnswer = Answer<typeof coverageAnswer>;
