import {
  CATALOGUE_COLLECTIONS,
  CATALOGUE_PROJECTION,
  type CatalogueConfiguration,
  type CatalogueEnvironment,
} from './catalogue-read-models.js';
import type { ReadModelStore } from '#libs/event-store';
import type { Position } from '#libs/event-sourcing';
import { CodedError, type Clock } from '#libs/kernel';

const POLL_MS = 10;

/** What there is (environments, targets), read from the catalogue projection. */
export class Catalogue {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly clock: Clock,
  ) {}

  private async projection(): Promise<string> {
    return (await this.readModels.active(CATALOGUE_PROJECTION)) ?? `${CATALOGUE_PROJECTION}@1`;
  }

  /** Environments that were not removed. */
  async environments(): Promise<readonly CatalogueEnvironment[]> {
    const rows = await this.readModels.list(await this.projection(), CATALOGUE_COLLECTIONS.environment);
    return rows.map(({ document }) => document as CatalogueEnvironment).filter(({ removed }) => !removed);
  }

  /** Targets that were not removed, of one environment or of all. */
  async targets(environmentId?: string): Promise<readonly CatalogueConfiguration[]> {
    const rows = await this.readModels.list(
      await this.projection(),
      CATALOGUE_COLLECTIONS.configuration,
      environmentId === undefined ? {} : { parent: environmentId },
    );
    return rows
      .map(({ document }) => document as CatalogueConfiguration)
      .filter(({ removed, kind }) => !removed && kind === 'target');
  }

  /** Keys of the lanes that work for environments. */
  async environmentIds(): Promise<readonly string[]> {
    return (await this.environments()).map(({ environmentId }) => environmentId);
  }

  /** Keys of the lanes that work for targets. */
  async targetIds(): Promise<readonly string[]> {
    return (await this.targets()).map(({ configurationId }) => configurationId);
  }

  /** Resolves when the catalogue holds everything up to `position`; STORE_UNAVAILABLE after `timeoutMs`. */
  async waitFor(position: Position, timeoutMs = 5_000): Promise<void> {
    const deadline = this.clock.nowMs() + timeoutMs;
    while ((await this.readModels.checkpoint(await this.projection())) < position) {
      if (this.clock.nowMs() > deadline) {
        throw new CodedError(
          'STORE_UNAVAILABLE',
          'The list of resources is still catching up with the event store.',
        );
      }
      await this.clock.sleep(POLL_MS);
    }
  }
}
