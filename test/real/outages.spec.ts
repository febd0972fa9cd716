/**
 * @proves Outages of the event store (DOUBLE), of PostgreSQL, and of PostgreSQL alone beside the event store leave no event about a run, a target or a node, and everything goes on within 10 s of the return (SIMULATED nodes). CHAINKEEP_OUTAGE_SECONDS=90,300 makes them longer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { StoredEvent } from '#libs/event-sourcing';
import { DistributedWorld } from '../support/worlds/distributed-world.js';
import { eventually } from '../support/checks/eventually.js';
import { describeWith } from '../support/servers/real-servers.js';
import { syntheticChain } from '../support/simulated/simulated-chain.js';
import { startSimulatedNode, type SimulatedNode } from '../support/simulated/simulated-node.js';

const SECONDS = (process.env['CHAINKEEP_OUTAGE_SECONDS'] ?? '5,20').split(',').map(Number);
/** A machine that is busy with other suites needs longer. */
const BACK_MS = process.env['CHAINKEEP_OUTAGE_SECONDS'] === undefined ? 60_000 : 10_000;
const DONE_MS = 240_000;
const BLOCKS = 400;
const SEGMENT_BLOCKS = 10;
const FILES = Math.ceil((BLOCKS + 1) / SEGMENT_BLOCKS);

/** Says something against a run, a target or a node. */
const isBlame = ({ type, data }: StoredEvent): boolean =>
  /Failed|Suspended|Disputed|Woken|Overdue/.test(type) ||
  (type === 'TargetChecked' && !(data as Readonly<{ ok: boolean }>).ok);

type Case = Readonly<{ what: 'events' | 'postgres'; seconds: number; id: string }>;

const casesOf = (stores: readonly ('events' | 'postgres')[]): readonly Case[] =>
  stores.flatMap((what) => SECONDS.map((seconds) => ({ what, seconds, id: `${what}-${seconds}` })));

describeWith('kafka', 'postgres').each<['double' | 'postgres', readonly Case[]]>([
  ['double', casesOf(['events', 'postgres'])],
  ['postgres', casesOf(['postgres'])],
])('Outages of the stores of an installation with its events in the %s', (events, cases) => {
  let world: DistributedWorld;
  let nodes: readonly SimulatedNode[] = [];

  beforeAll(async () => {
    const chain = syntheticChain({ blocks: BLOCKS });
    const ids = ['monitor', 'v1', 'v2'];
    nodes = await Promise.all(ids.map((nodeId) => startSimulatedNode({ chain, nodeId })));
    world = await DistributedWorld.start({ replicas: 1, partitions: 1, events });
    await world.applyOnDirectories(
      cases.map(({ id }) => id),
      {
        nodes: ids.map((id, at) => ({
          id,
          role: id === 'monitor' ? 'monitor' : 'validator',
          rpc: nodes[at]?.url,
          ...(id === 'monitor' ? {} : { member: 'bank-a' }),
        })),
        segmentBlocks: SEGMENT_BLOCKS,
      },
    );
  });
  afterAll(async () => {
    await world.stop();
    for (const node of nodes) await node.close();
  });

  const eventsOf = async (id: string): Promise<readonly StoredEvent[]> =>
    (await world.events()).filter(({ stream }) => stream.endsWith(`-${id}`));
  const count = (found: readonly StoredEvent[], type: string): number =>
    found.filter((event) => event.type === type).length;

  it.each(cases)(
    '$what is away for $seconds s during a run and its deliveries',
    async ({ what, seconds, id }) => {
      expect((await world.ask('POST', `consortia/acme/environments/${id}/backup/runs`, {})).status).toBe(202);
      await eventually(
        'deliveries have begun',
        DONE_MS,
        async () => count(await eventsOf(id), 'SegmentDelivered') > 0,
      );
      await world.away(what);
      await sleep(seconds * 1_000);
      const notReady = await Promise.all(
        world.services.all.map((replica) => replica.isReady().catch(() => false)),
      );
      expect(notReady.filter((ready) => ready)).toStrictEqual([]);
      await world.back(what);
      const before = await eventsOf(id);
      const began = performance.now();
      await eventually('all services are ready', DONE_MS, async () => {
        const ready = await Promise.all(
          world.services.all.map((replica) => replica.isReady().catch(() => false)),
        );
        return ready.every((each) => each);
      });
      const readyMs = performance.now() - began;
      if (count(before, 'SegmentDelivered') < FILES)
        await eventually('work goes on', DONE_MS, async () => (await eventsOf(id)).length > before.length);
      const workMs = performance.now() - began;
      await eventually('all is delivered', DONE_MS, async () => {
        const found = await eventsOf(id);
        return count(found, 'SegmentDelivered') === FILES && count(found, 'BackupCompleted') === 1;
      });
      process.stdout.write(
        `outage ${events}/${what} ${seconds} s: ready after ${readyMs.toFixed(0)} ms, work after ${workMs.toFixed(0)} ms\n`,
      );
      expect((await world.events()).filter(isBlame)).toStrictEqual([]);
      expect(await world.deadLetters()).toStrictEqual([]);
      expect(Math.max(readyMs, workMs)).toBeLessThan(BACK_MS);
    },
  );
});
