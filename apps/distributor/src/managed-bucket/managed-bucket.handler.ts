import type { CodedError } from '#libs/kernel';
import type { FailureDecision, StepResult } from '#libs/runtime';
import { claimPlace, managedBucketOf } from '#libs/services';
import { historyDocumentOf, publishHistory } from '../history/publish-history.js';
import { ManagedHealer } from './managed-healer.js';
import { writeReadme } from '../history/side-files.js';
import type { DeliveryContext } from '../delivery-context.js';

const RETRY_MS_MAX = 60_000;

/** Keeps marker, history document and files of the managed bucket as they should be, so that it suffices alone. */
export class ManagedBucketHandler {
  private readonly healer: ManagedHealer;

  constructor(private readonly context: DeliveryContext) {
    this.healer = new ManagedHealer(context);
  }

  /** The next step compares all files with the history, `readBack`: byte for byte. */
  look(environmentId: string, readBack: boolean): void {
    this.healer.ask(environmentId, readBack);
  }

  async step(environmentId: string, signal: AbortSignal): Promise<StepResult> {
    const { ports } = this.context;
    const { state: environment } = await ports.streams.environments.load(environmentId);
    const { state: backup } = await ports.streams.backups.load(environmentId);
    if (environment.status === 'absent' || backup.genesisHash === undefined) return 'idle';
    const history = await ports.histories.read(environmentId);
    if (history.entries.length === 0) return 'idle';
    const store = await managedBucketOf(environment, ports);
    await claimPlace(store, await this.context.managedOwner(environment), signal);
    await writeReadme(store, environment, signal);
    const document = historyDocumentOf(history, environment.provider, backup.nextOrdinal - 1);
    await publishHistory(store, { environmentId, document, history }, signal);
    if (environment.status === 'live') await this.healer.look({ environment, store, signal });
    return 'idle';
  }

  async failed(environmentId: string, error: CodedError, attempt: number): Promise<FailureDecision> {
    this.context.ports.log.warn('The managed bucket could not be updated.', {
      environment: environmentId,
      error,
    });
    return { retryAfterMs: Math.min(RETRY_MS_MAX, 1_000 * 2 ** attempt) };
  }
}
