import type { ListOptions } from '#libs/event-store';
import type { Position } from '#libs/event-sourcing';
import type { ServicePorts } from '#libs/services';

const POLL_MS = 10;

/** Reads the active version of the projections. */
export class ReadModels {
  constructor(private readonly ports: ServicePorts) {}

  async list<Document>(
    name: 'catalogue' | 'history',
    collection: string,
    options: ListOptions = {},
  ): Promise<readonly Document[]> {
    const rows = await this.ports.readModels.list(await this.#physical(name), collection, options);
    return rows.map(({ document }) => document as Document);
  }

  async get<Document>(
    name: 'catalogue' | 'history',
    collection: string,
    id: string,
  ): Promise<Document | undefined> {
    const row = await this.ports.readModels.get(await this.#physical(name), collection, id);
    return row?.document as Document | undefined;
  }

  /** Waits until the history projection has got to `position`, at most `timeoutMs`; says whether it has. */
  async historyAt(position: Position, timeoutMs = 2_000): Promise<boolean> {
    const { clock, readModels } = this.ports;
    const deadline = clock.nowMs() + timeoutMs;
    while ((await readModels.checkpoint(await this.#physical('history'))) < position) {
      if (clock.nowMs() > deadline) return false;
      await clock.sleep(POLL_MS);
    }
    return true;
  }

  async #physical(name: string): Promise<string> {
    return (await this.ports.readModels.active(name)) ?? `${name}@1`;
  }
}
