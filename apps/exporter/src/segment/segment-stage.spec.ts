import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SegmentCollector } from '#libs/chain';
import { recordSyncs } from '../../../../test/support/checks/sync-record.js';
import { syntheticChain } from '../../../../test/support/simulated/simulated-node.js';
import { SegmentStage } from './segment-stage.js';

const FILE = '2026-01-01T00:00:00.000Z-block-0-30.rlp';
const chain = syntheticChain({ blocks: 30 });
const raw = (number: number): Uint8Array => chain.raw(BigInt(number)) ?? new Uint8Array();
const blocks = (first: number, last: number): Buffer =>
  Buffer.concat(Array.from({ length: last - first + 1 }, (_, index) => raw(first + index)));

describe('SegmentStage', () => {
  let folder: string;
  let collector: SegmentCollector;
  const path = () => join(folder, `${FILE}.part`);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stage-'));
    const range = { start: 0n, end: 30n };
    collector = new SegmentCollector({ range, parentHash: undefined, endHash: chain.header(30n).hash });
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('begins with nothing', async () => {
    await new SegmentStage(folder, FILE).resume(collector);
    expect(collector.next).toBe(0n);
  });

  it('goes on after the last whole block, and cuts off a torn one', async () => {
    await writeFile(path(), blocks(0, 17));
    await appendFile(path(), raw(18).subarray(0, 100));
    const stage = new SegmentStage(folder, FILE);
    await stage.resume(collector);
    expect(collector.next).toBe(18n);
    await stage.append(collector, async (sink) => {
      collector.add(raw(18), 'node');
      await sink.write({ last: 18n, blocks: 1, bytes: raw(18) });
    });
    expect((await readFile(path())).equals(blocks(0, 18))).toBe(true);
  });

  it('has flushed what it took when that resolves', async () => {
    const stage = new SegmentStage(folder, FILE);
    await stage.resume(collector);
    const synced = await recordSyncs(() =>
      stage.append(collector, async (sink) => {
        for (const number of [0, 1])
          await sink.write({ last: BigInt(number), blocks: 1, bytes: raw(number) });
      }),
    );
    expect(synced).toStrictEqual([{ path: path(), bytes: blocks(0, 1).length }]);
  });

  it('drops what does not verify, and all that follows', async () => {
    const bytes = blocks(0, 20);
    const at = blocks(0, 9).length + 60;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(path(), bytes);
    await new SegmentStage(folder, FILE).resume(collector);
    expect(collector.next).toBeLessThanOrEqual(11n);
    expect((await readFile(path())).equals(blocks(0, Number(collector.next) - 1))).toBe(true);
  });

  it('takes a complete file as it is, and removes those of other segments', async () => {
    await writeFile(path(), blocks(0, 30));
    await writeFile(join(folder, 'older.rlp.part'), 'x');
    const stage = new SegmentStage(folder, FILE);
    await stage.resume(collector);
    expect(collector.isComplete).toBe(true);
    expect(await readdir(folder)).toEqual([`${FILE}.part`]);
    expect((await stage.digest()).bytes).toBe(blocks(0, 30).length);
    await stage.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes over what a run that failed left for the same start, with the nodes that gave it', async () => {
    const earlier = '2025-12-31T00:00:00.000Z-block-0-20.rlp';
    await writeFile(join(folder, `${earlier}.part`), blocks(0, 17));
    await writeFile(join(folder, `${earlier}.part.sources`), 'monitor\n');
    await writeFile(join(folder, '2025-12-31T00:00:00.000Z-block-5-20.rlp.part'), 'x');
    const stage = new SegmentStage(folder, FILE);
    await stage.resume(collector);
    expect(collector.next).toBe(18n);
    expect(stage.sourcesOf(collector)).toEqual(['monitor']);
    expect((await readdir(folder)).sort()).toEqual([`${FILE}.part`, `${FILE}.part.sources`]);
  });

  it('takes no more of it than the segment has, and prefers what it staged itself', async () => {
    await writeFile(join(folder, '2025-12-31T00:00:00.000Z-block-0-30.rlp.part'), blocks(0, 30));
    const range = { start: 0n, end: 20n };
    const shorter = new SegmentCollector({ range, parentHash: undefined, endHash: chain.header(20n).hash });
    await new SegmentStage(folder, '2026-01-01T00:00:00.000Z-block-0-20.rlp').resume(shorter);
    expect(shorter.isComplete).toBe(true);
    await writeFile(path(), blocks(0, 3));
    await new SegmentStage(folder, FILE).resume(collector);
    expect(collector.next).toBe(4n);
  });

  it('knows after a crash too who gave its blocks', async () => {
    const stage = new SegmentStage(folder, FILE);
    await stage.resume(collector);
    await stage.append(collector, async (sink) => {
      for (const [number, node] of [
        [0, 'monitor'],
        [1, 'v1'],
      ] as const) {
        collector.add(raw(number), node);
        await sink.write({ last: BigInt(number), blocks: 1, bytes: raw(number) });
      }
    });
    const range = { start: 0n, end: 30n };
    const again = new SegmentCollector({ range, parentHash: undefined, endHash: chain.header(30n).hash });
    const other = new SegmentStage(folder, FILE);
    await other.resume(again);
    again.add(raw(2), 'v2');
    expect(other.sourcesOf(again)).toEqual(['monitor', 'v1', 'v2']);
  });
});
