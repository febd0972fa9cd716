/**
 * @proves Backlogs, disabled backups and late targets produce every file once, and no object of another program is overwritten (SIMULATED nodes).
 */
import { describe, expect, it } from '@jest/globals';
import {
  canonicalSelection,
  checkContinuity,
  historyKey,
  historyToJson,
  parseHistoryDocument,
  segmentKey,
} from '#libs/archive';
import { sha256Hex } from '#libs/kernel';
import { bodyFromBytes, digestOf } from '#libs/object-store';
import { MemoryObjectStore } from '#libs/object-store/adapters/memory.object-store';
import { ResolveHandler } from '../../apps/consensus-resolver/src/resolve.handler.js';
import { publishHistory } from '../../apps/distributor/src/history/publish-history.js';
import { SimulatedNetwork } from '../support/simulated/simulated-network.js';

/** Gives every block file back with one bit changed, and says nothing. */
class DamagingStore extends MemoryObjectStore {
  override async *get(key: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    for await (const chunk of super.get(key, signal)) {
      const given = Buffer.from(chunk);
      if (key.endsWith('.rlp')) given[0]! ^= 1;
      yield given;
    }
  }
}

describe('files and targets of the main job on SIMULATED nodes', () => {
  const net = new SimulatedNetwork();

  it('cuts a backlog into runs of 50 files, through a restart in the middle', async () => {
    await net.start(999);
    await net.world.environment(net.described(), { segmentBlocks: 1 });
    await net.world.request();
    // Some files into the sixth run: as after a crash, nothing is kept but the stores.
    await net.world.settle(280);
    const before = (await net.history()).history.length;
    expect(before).toBeGreaterThan(200);
    expect(before).toBeLessThan(1_000);
    net.world.reopen();
    await net.world.settle();
    const events = await net.world.events();
    expect(events.filter(({ type }) => type === 'SegmentExported')).toHaveLength(1_000);
    const completed = events.filter(({ type }) => type === 'BackupCompleted');
    expect(completed.map(({ data }) => data['files'])).toEqual(Array.from({ length: 20 }, () => 50));
    expect(events.filter(({ data }) => data['trigger'] === 'backlog')).toHaveLength(19);
    expect(checkContinuity(canonicalSelection(await net.history()))).toEqual([]);
  });

  it('finishes the current file when backups are disabled in mid-run, then stops', async () => {
    await net.start(99);
    await net.world.environment(net.described(), { segmentBlocks: 10 });
    await net.world.request();
    await new ResolveHandler(net.world.ports).step('e', new AbortController().signal);
    await net.world.configure({ enabled: false });
    await net.world.settle();
    expect(await net.world.lastEvent()).toMatchObject({
      type: 'BackupCompleted',
      data: { stopped: true, files: 1 },
    });
    await expect(net.world.request()).rejects.toMatchObject({ code: 'BACKUP_DISABLED' });
  });

  it('delivers every file to a target that is enabled late, the history last', async () => {
    await net.start(100);
    await net.world.environment(net.described(), { segmentBlocks: 20 });
    await net.backUp();
    await net.world.target('late');
    await net.world.deliver('late');
    const store = net.world.objects.stores.get('/late')!;
    const keys: string[] = [];
    for await (const { key } of store.list('e/')) keys.push(key);
    const files = (await net.world.ports.histories.read('e')).entries.map(({ file }) => file);
    expect(keys).toEqual(expect.arrayContaining(files.map((file) => `e/${file}`)));
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.get('e/backup_snapshot.json')) chunks.push(chunk);
    expect(parseHistoryDocument(Buffer.concat(chunks))).toEqual(await net.history());
    const { state } = await net.world.ports.streams.targets.load('late');
    expect(state).toMatchObject({ deliveredThrough: files.length - 1, backfill: undefined });
  });

  it('never overwrites a stranger’s object under our key', async () => {
    await net.start(10);
    await net.world.environment(net.described());
    await net.backUp();
    await net.world.target('t');
    const [entry] = (await net.world.ports.histories.read('e')).entries;
    const store = await net.world.objects.open({
      provider: 'directory',
      details: { path: '/t' },
      secrets: {},
      role: 'target',
    });
    await store.put(entry!.key, bodyFromBytes(Buffer.from('somebody else')), 'always');
    await expect(net.world.deliver('t')).rejects.toMatchObject({ code: 'TARGET_OBJECT_DIFFERS' });
  });

  it.each([
    ['names a file that is not ours', (ours: string) => ours.replaceAll('-block-0-', '-block-0-1')],
    ['is none', () => 'notes of somebody else'],
  ])('never overwrites a history that %s', async (_what, strangeOf) => {
    await net.start(10);
    await net.world.environment(net.described());
    await net.backUp();
    await net.world.target('t');
    const strange = Buffer.from(strangeOf(historyToJson(await net.history())));
    const store = new MemoryObjectStore();
    net.world.objects.stores.set('/t', store);
    await store.put(historyKey('e'), bodyFromBytes(strange), 'always');
    await expect(net.world.deliver('t')).rejects.toMatchObject({ code: 'TARGET_OBJECT_DIFFERS' });
    expect((await digestOf(store, historyKey('e'))).sha256).toBe(sha256Hex(strange));
  });

  it('never overwrites a history that names a file of another installation which lies there', async () => {
    await net.start(10);
    await net.world.environment(net.described());
    await net.backUp();
    const ours = historyToJson(await net.history());
    const { file } = (await net.world.ports.histories.read('e')).entries[0]!;
    await net.world.target('t');
    await net.world.deliver('t');
    const store = net.world.objects.stores.get('/t')!;
    const other = (text: string): string => text.replaceAll('-block-0-', '-block-0-1');
    await store.put(segmentKey('e', other(file)), bodyFromBytes(Buffer.from('theirs')), 'always');
    const strange = Buffer.from(other(ours));
    await store.put(historyKey('e'), bodyFromBytes(strange), 'always');
    const publication = {
      environmentId: 'e',
      document: await net.history(),
      history: await net.world.ports.histories.read('e'),
    };
    const publish = publishHistory(store, publication, new AbortController().signal);
    await expect(publish).rejects.toMatchObject({ code: 'TARGET_OBJECT_DIFFERS' });
    expect((await digestOf(store, historyKey('e'))).sha256).toBe(sha256Hex(strange));
    // One that names a file nobody has was ours, and is damaged.
    await store.remove(segmentKey('e', other(file)));
    await publishHistory(store, publication, new AbortController().signal);
    expect((await digestOf(store, historyKey('e'))).sha256).toBe(sha256Hex(Buffer.from(ours)));
  });

  it('records no file that the managed bucket gives back damaged', async () => {
    await net.start(10);
    await net.world.environment(net.described());
    net.world.objects.stores.set(`${net.world.ports.home}/managed`, new DamagingStore());
    await net.backUp();
    const types = (await net.world.events()).map(({ type }) => type);
    expect(types).not.toContain('SegmentExported');
    expect(await net.world.lastEvent()).toMatchObject({
      type: 'BackupFailed',
      data: { code: 'TARGET_DIGEST_MISMATCH' },
    });
  });

  it('takes over an object that a crash left before its event, and replaces one that is damaged', async () => {
    await net.start(60);
    await net.world.environment(net.described(), { segmentBlocks: 20 });
    await net.world.request();
    await new ResolveHandler(net.world.ports).step('e', new AbortController().signal);
    const state = await net.world.backup();
    if (state.status !== 'exporting') throw new Error('not exporting');
    const managed = await net.world.objects.open({
      provider: 'directory',
      details: { path: `${net.world.ports.home}/managed` },
      secrets: {},
      role: 'managed',
    });
    const { chain } = net.node('monitor').rpc;
    const good = Buffer.concat(Array.from({ length: 20 }, (_, n) => chain.raw(BigInt(n))!));
    const bad = Buffer.from(good);
    bad[500]! ^= 1;
    await managed.put(`e/${state.plan[0]!.file}`, bodyFromBytes(good), 'if-absent');
    await managed.put(`e/${state.plan[1]!.file}`, bodyFromBytes(bad), 'if-absent');
    await net.world.settle();
    const sources = (await net.world.ports.histories.read('e')).entries.map(({ sourceNode }) => sourceNode);
    expect(sources).toEqual(['managed-bucket', 'monitor', 'monitor', 'monitor']);
    expect((await net.concatenated()).equals(net.chainBytes(60))).toBe(true);
  });
});
