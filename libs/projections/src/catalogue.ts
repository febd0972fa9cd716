import type { Position } from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';
import type { CatalogueConfiguration, CatalogueEnvironment } from './catalogue-read-models.js';
import type { ReadModelReader } from './read-model-reader.js';

/** What there is (environments, targets), read from the catalogue projection. */
export class Catalogue {
  constructor(private readonly reader: ReadModelReader) {}

  /** Environments that were not removed. */
  async environments(): Promise<readonly CatalogueEnvironment[]> {
    const all = await this.reader.list('catalogue', 'environment');
    return all.filter(({ removed }) => !removed);
  }

  /** Targets that were not removed, of one environment or of all. */
  async targets(environmentId?: string): Promise<readonly CatalogueConfiguration[]> {
    const options = environmentId === undefined ? {} : { parent: environmentId };
    const all = await this.reader.list('catalogue', 'configuration', options);
    return all.filter(({ removed, kind }) => !removed && kind === 'target');
  }

  /** Keys of the lanes that work for environments. */
  async environmentIds(): Promise<readonly string[]> {
    return (await this.environments()).map(({ environmentId }) => environmentId);
  }

  /** Keys of the lanes that work for targets. */
  async targetIds(): Promise<readonly string[]> {
    return (await this.targets()).map(({ configurationId }) => configurationId);
  }

  /** Resolves when the catalogue holds everything up to `position`; PROJECTION_BEHIND after `timeoutMs`. */
  async waitFor(position: Position, timeoutMs = 5_000): Promise<void> {
    if (await this.reader.reaches('catalogue', position, timeoutMs)) return;
    throw new CodedError('PROJECTION_BEHIND', 'The catalogue has not caught up with the event store.');
  }
}
