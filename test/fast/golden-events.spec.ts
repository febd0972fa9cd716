/** @proves Every event that a released version wrote can still be read, and no released event was removed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decodeEvent, EVENT_CONTRACTS, type EventType } from '#libs/contracts';
import { exampleOf } from '../support/checks/event-samples.js';

const FOLDER = join(import.meta.dirname, '../fixtures/events');
/** Writes the files that are missing (a new event, a new version); what is there is never written again. */
const WRITES = process.env['CHAINKEEP_WRITE_GOLDEN'] === '1';

type Golden = Readonly<{ type: string; schemaVersion: number; examples: readonly unknown[] }>;

const types = Object.keys(EVENT_CONTRACTS) as EventType[];
const versions = types.flatMap((type) =>
  Array.from({ length: EVENT_CONTRACTS[type].version }, (_, index) => [type, index + 1] as const),
);
const fileOf = (type: string, version: number): string => join(FOLDER, `v${version}`, `${type}.json`);

const writeMissing = (type: EventType, schemaVersion: number): void => {
  const { schema, version } = EVENT_CONTRACTS[type];
  if (!WRITES || version !== schemaVersion || existsSync(fileOf(type, schemaVersion))) return;
  const examples = [true, false].map((full) => exampleOf(schema, full));
  const golden: Golden = { type, schemaVersion, examples };
  mkdirSync(join(FOLDER, `v${schemaVersion}`), { recursive: true });
  writeFileSync(fileOf(type, schemaVersion), `${JSON.stringify(golden, undefined, 2)}\n`);
};

/** JSON of what was decoded, to be compared as text. */
const shown = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each));

describe('golden files: what a released version wrote is read for ever', () => {
  it.each(versions)('%s of version %s', (type, schemaVersion) => {
    writeMissing(type, schemaVersion);
    const golden = JSON.parse(readFileSync(fileOf(type, schemaVersion), 'utf8')) as Golden;
    expect([golden.type, golden.schemaVersion]).toStrictEqual([type, schemaVersion]);
    expect(golden.examples.length).toBeGreaterThan(0);
    for (const example of golden.examples) {
      const event = decodeEvent(type, example, schemaVersion);
      expect(event.type).toBe(type);
      // Nothing that was written is dropped on the way in, as long as the version is the newest.
      if (schemaVersion === EVENT_CONTRACTS[type].version)
        expect(shown(event.data).replaceAll(/"(-?\d+)n"/g, '"$1"')).toBe(shown(example));
    }
  });

  it('no released event was taken away', () => {
    const known = new Set(versions.map(([type, version]) => `v${version}/${type}.json`));
    const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => file.endsWith('.json') && !known.has(file))).toStrictEqual([]);
  });

  it('every older version has its upcaster', () => {
    for (const type of types) {
      const { version, upcasters = [] } = EVENT_CONTRACTS[type] as (typeof EVENT_CONTRACTS)[EventType] & {
        upcasters?: readonly unknown[];
      };
      expect([type, upcasters.length]).toStrictEqual([type, version - 1]);
    }
  });
});
