import type { DeliveryAnswer } from '../answers/configuration.answers.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import type { NodePath } from '../resources.js';
import type { ConfigurationHandler } from './configuration.handler.js';

/** The delivery state of every file of the history on one target. */
export class DeliveryHandler {
  constructor(
    private readonly kit: Pick<Kit, 'histories' | 'reads'>,
    private readonly configurations: ConfigurationHandler,
  ) {}

  async list(path: NodePath, caller: Caller): Promise<readonly DeliveryAnswer[]> {
    const { histories, reads } = this.kit;
    const target = await this.configurations.target(path, caller);
    const history = await histories.read(target.environmentId);
    const rows = await reads.list('history', 'delivery', { parent: target.targetId });
    const there = new Map(
      rows.filter(({ destination }) => destination === target.destination).map((row) => [row.ordinal, row]),
    );
    const faults = new Map(target.faults.map(({ ordinal, kind }) => [ordinal, kind]));
    return history.entries.map(({ file, ordinal, bytes, sha256, canonical }) => {
      const row = there.get(ordinal);
      const delivered = ordinal <= target.deliveredThrough;
      const next = ordinal === target.deliveredThrough + 1;
      const failure = next ? target.failure : undefined;
      return {
        file,
        ordinal,
        bytes,
        sha256,
        canonical_chain: canonical,
        state: faults.get(ordinal) ?? (delivered ? 'delivered' : failure ? 'failed' : 'pending'),
        ...(row === undefined ? {} : { etag: row.etag, delivered_at: row.at }),
        ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
      };
    });
  }
}
