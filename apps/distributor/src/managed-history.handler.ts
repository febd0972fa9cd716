import type { CodedError } from '#libs/kernel';
import {
  claimPlace,
  managedBucketOf,
  type FailureDecision,
  type ServicePorts,
  type StepResult,
} from '#libs/platform';
import { historyDocumentOf, publishHistory } from './history-publisher.js';
import { copyGenesis } from './place.js';

const RETRY_MS_MAX = 60_000;

/** Keeps marker, genesis and history document of the managed bucket up to date, so that it suffices alone. */
export class ManagedHistoryHandler {
  constructor(private readonly ports: ServicePorts) {}

  async step(environmentId: string, signal: AbortSignal): Promise<StepResult> {
    const { state: environment } = await this.ports.streams.environments.load(environmentId);
    const { state: backup } = await this.ports.streams.backups.load(environmentId);
    if (environment.status === 'absent' || backup.genesisHash === undefined) return 'idle';
    const history = await this.ports.histories.read(environmentId);
    if (history.entries.length === 0) return 'idle';
    const store = await managedBucketOf(environment, this.ports);
    const { installation } = this.ports;
    await claimPlace(store, environment, { installation, genesisHash: backup.genesisHash }, signal);
    await copyGenesis(store, environment, this.ports, signal);
    const document = historyDocumentOf(history, environment.provider, backup.nextOrdinal - 1);
    await publishHistory(store, environmentId, document, signal);
    return 'idle';
  }

  async failed(environmentId: string, error: CodedError, attempt: number): Promise<FailureDecision> {
    this.ports.log.warn('The history of the managed bucket could not be written.', {
      environment: environmentId,
      error,
    });
    return { retryAfterMs: Math.min(RETRY_MS_MAX, 1_000 * 2 ** attempt) };
  }
}
