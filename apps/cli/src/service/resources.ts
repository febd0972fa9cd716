/** What the service answers, as far as the command line looks at it. */
export type Finding = Readonly<{ check: string; result: string; message: string; cure?: string }>;

export type RunFile = Readonly<{ file: string; start_block: number; end_block: number; bytes: number }>;

export type Run = Readonly<{
  _id: string;
  trigger: string;
  state: string;
  requested_at: string;
  finished_at?: string;
  phases: readonly Readonly<{ phase: string; at: string }>[];
  range?: Readonly<{ start_block: number; end_block: number }>;
  files: readonly RunFile[];
  planned_files?: number;
  departures: readonly Readonly<{ node_id?: string; height?: number }>[];
  warnings: readonly string[];
  error?: Readonly<{ code: string; message: string; hint?: string }>;
}>;

export type Status = Readonly<{
  enabled: boolean;
  in_progress: boolean;
  phase: string;
  monitor: 'online' | 'halted' | 'unreachable';
  monitor_reset_required: boolean;
  protected_block: number | null;
  head_block: number | null;
  lag_blocks: number | null;
  last_success_at: string | null;
  next_run_at: string | null;
  overdue_since: string | null;
  last_run: Readonly<{ _id: string; outcome: string; at: string; code?: string }> | null;
  progress: Readonly<{
    files_done: number;
    files_planned: number;
    blocks_left: number;
    seconds_left: number | null;
  }> | null;
}>;

export type Settings = Readonly<{
  enabled: boolean;
  monitor_reset_required: boolean;
  next_runs: readonly string[];
}>;

export type Trouble = Readonly<{ code: string; message: string }>;

export type Target = Readonly<{
  _id: string;
  type: string;
  state: string;
  membership_id: string;
  details: Readonly<{ provider?: string }>;
  delivered: Readonly<{ files: number; through_ordinal: number | null }>;
  failure?: Trouble;
  suspension?: Trouble;
  checked?: Readonly<{ ok: boolean; findings?: readonly Finding[] }>;
  epoch: number;
}>;

export type Delivery = Readonly<{
  file: string;
  state: string;
  bytes: number;
  delivered_at?: string;
  error?: Trouble;
}>;

export type TargetCheck = Readonly<{ _id: string; ok: boolean; findings: readonly Finding[] }>;

export type Health = Readonly<{
  status: string;
  /** Asks for no key. */
  open?: boolean;
  version?: string;
  code?: string;
  environments?: readonly Readonly<{
    environment_id: string;
    enabled: boolean;
    trouble: string | null;
    code: string | null;
    overdue_since: string | null;
    last_success_at: string | null;
    protected_block: number | null;
    head_block: number | null;
  }>[];
  targets?: readonly Readonly<{
    configuration_id: string;
    environment_id: string;
    enabled: boolean;
    state: string;
    code: string | null;
    delivered_files: number;
  }>[];
}>;
