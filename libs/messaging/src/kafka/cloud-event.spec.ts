import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { StoredEvent } from '#libs/event-sourcing';
import { hasCode } from '#libs/kernel';
import { readCommitted, toRecordParts } from './cloud-event.js';
import { routeOf } from './topics.js';

const place = { topic: 't', partition: 0, offset: 0n };

describe('Committed events as Kafka records', () => {
  it('come back as they were, with every digit', () => {
    const event = fc.record({
      id: fc.uuid(),
      type: fc.constantFrom('RangeAgreed', 'TargetEnabled'),
      stream: fc.constantFrom('backup-prod', 'target-t'),
      revision: fc.bigInt(0n, 2n ** 63n - 1n),
      position: fc.bigInt(0n, 2n ** 63n - 1n),
      data: fc
        .dictionary(fc.string(), fc.jsonValue())
        .map((value) => JSON.parse(JSON.stringify(value)) as unknown),
      metadata: fc.record({
        schemaVersion: fc.integer({ min: 1, max: 99 }),
        correlationId: fc.uuid(),
        causationId: fc.uuid(),
        actor: fc.constantFrom('system', 'bus:https://bank-a.example/erp'),
        at: fc.constant('2026-01-31T12:00:00.000Z'),
      }),
    });
    fc.assert(
      fc.property(event, (stored: StoredEvent) => {
        const { key } = routeOf(stored);
        const read = readCommitted({ ...place, ...toRecordParts(stored, 'chainkeep', key) });
        expect(read.event).toEqual(stored);
      }),
    );
  });

  it('never throw anything but MESSAGE_MALFORMED, whatever the bytes and headers', () => {
    const record = fc.record({
      key: fc.string(),
      value: fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
      headers: fc.dictionary(fc.constantFrom('ce_id', 'ce_type', 'ce_time', 'ce_position', 'x'), fc.string()),
    });
    fc.assert(
      fc.property(record, (parts) => {
        const read = (): unknown => {
          try {
            return readCommitted({ ...place, ...parts });
          } catch (error) {
            return hasCode(error, 'MESSAGE_MALFORMED');
          }
        };
        expect(read()).toBe(true);
      }),
    );
  });

  it('go to the topic and key of their stream', () => {
    const routes = ['environment-a', 'backup-a', 'target-a-b', 'member-m', 'request-1'].map((stream) =>
      Object.values(routeOf({ stream })),
    );
    expect(routes).toStrictEqual([
      ['chainkeep.events', 'a'],
      ['chainkeep.events', 'a'],
      ['chainkeep.deliveries', 'a-b'],
      ['chainkeep.events', 'member-m'],
      ['chainkeep.events', 'request-1'],
    ]);
  });
});
