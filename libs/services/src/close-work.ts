import { categoryOfStream, idOfStream } from '#libs/event-sourcing';
import type { ChainkeepStreams } from '#libs/contracts';
import type { BackupState, TargetState } from '#libs/domain';
import { addMs, CATALOGUE, toInstant, type Clock, type ErrorCode } from '#libs/kernel';
import { systemContext } from './service-ports.js';

/** The committed event that can't be handled, as far as it matters here. */
type Unhandled = Readonly<{ stream: string; data: unknown }>;
type Failure = Readonly<{ code: string; message: string }>;
type Parts = Readonly<{ streams: ChainkeepStreams; clock: Clock }>;

/** When a target is probed that was suspended because a message to its lane could not be handled. */
const PROBE_MS = 5 * 60_000;
const MESSAGE_MAX = 2_000;

const codeOf = ({ code }: Failure): ErrorCode => (code in CATALOGUE ? (code as ErrorCode) : 'INTERNAL');

const isOpen = (state: BackupState, data: unknown): string | undefined => {
  const { runId } = (data ?? {}) as Readonly<{ runId?: unknown }>;
  return state.status !== 'idle' && state.run.runId === runId ? state.run.runId : undefined;
};

const isFed = (state: TargetState): boolean => state.status === 'live' && state.enabled;

/**
 * What becomes of work whose message can't be handled: the run it belongs to fails, or the deliveries of its target
 * are suspended, by an event, so that nothing stays open for ever. `false` when the message belongs to no open work
 * of this kind: then it is for the dead letters.
 */
export const closeWorkOf =
  (kind: 'backup' | 'target', { streams, clock }: Parts) =>
  async (event: Unhandled, failure: Failure): Promise<boolean> => {
    if (categoryOfStream(event.stream) !== kind) return false;
    const id = idOfStream(event.stream);
    const at = toInstant(clock.nowMs());
    const said = { code: codeOf(failure), message: failure.message.slice(0, MESSAGE_MAX), at };
    const context = systemContext(clock, { correlationId: id });
    if (kind === 'backup') {
      const runId = isOpen((await streams.backups.load(id)).state, event.data);
      if (runId === undefined) return false;
      const { retryable } = CATALOGUE[said.code];
      await streams.backups.handle(id, { type: 'FailBackup', runId, retryable, ...said }, context);
      return true;
    }
    if (!isFed((await streams.targets.load(id)).state)) return false;
    const nextAttemptAt = addMs(at, PROBE_MS);
    const { file } = (event.data ?? {}) as Readonly<{ file?: unknown }>;
    const command = { type: 'RecordFailure', nextAttemptAt, suspend: true, ...said } as const;
    await streams.targets.handle(id, { ...command, file: typeof file === 'string' ? file : '' }, context);
    return true;
  };
