/*
 * A process to be killed: appends to the store in argv[2] as fast as it can, from several lanes at once, and prints
 * a line for each append that was acknowledged.
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { hasCode } from '#libs/kernel';
import { openStore } from '../worlds/open-store.js';

const LANES = 4;
const BATCH = 3;
/** Several processes write at once, each to its own streams. */
const NAME = process.argv[3] ?? 'lane';
const PROJECTION = `${NAME}@1-blue`;

const { store, models } = await openStore(process.argv[2] ?? '');

/** Synchronous, so that the line is out before anything else can happen. */
const acknowledge = (...words: readonly (string | bigint)[]): void => {
  writeSync(1, `${words.join(' ')}\n`);
};

const appendForEver = async (stream: string): Promise<never> => {
  let revision = -1n;
  for await (const last of store.readStream(stream, { direction: 'backwards', limit: 1 }))
    revision = last.revision;
  for (;;) {
    const batch = randomUUID();
    const events = Array.from({ length: BATCH }, (_, index) => ({
      id: randomUUID(),
      type: 'ThingHappened',
      data: { batch, index, padding: 'x'.repeat(Number(revision % 50n) * 40 + 40) },
      metadata: { schemaVersion: 1, correlationId: batch, actor: 'system', at: '2026-01-31T12:00:00.000Z' },
    }));
    const result = await store.append(stream, events, revision === -1n ? 'no_stream' : revision);
    revision = result.revision;
    acknowledge('append', stream, revision, batch);
  }
};

const project = async (at: bigint): Promise<void> => {
  const changes = ['a', 'b'].map((half) => ({
    kind: 'put' as const,
    collection: 'rows',
    id: `${at}-${half}`,
    document: { at: at.toString() },
  }));
  await models.apply({ projection: PROJECTION, expected: at, position: at + 1n, changes });
  acknowledge('apply', PROJECTION, at + 1n, '-');
};

/** As a projector does: the checkpoint tells whether a commit without an answer succeeded. */
const projectForEver = async (): Promise<never> => {
  for (;;) {
    const { position: at } = await models.checkpoint(PROJECTION);
    await project(at).catch((error: unknown) => {
      if (!hasCode(error, 'STORE_UNAVAILABLE')) throw error;
    });
  }
};

await Promise.all([
  projectForEver(),
  ...Array.from({ length: LANES }, (_, lane) => appendForEver(`${NAME}-${lane}`)),
]);
