/**
 * @proves After kill -9 at every named point, and at 20 random moments, the distributor finishes a backfill by itself and repeats only what was in progress.
 */
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { crashPointsIn } from '../support/programs/crash-points.js';
import { describeWith } from '../support/servers/real-servers.js';
import { spawnTs } from '../support/programs/run-ts.js';
import { makeBucket, s3Location, startVersitygw, type S3Server } from '../support/servers/s3-servers.js';
import { TargetService } from '../support/worlds/target-service.js';

jest.setTimeout(900_000);
const FILES = 40;
const RUN_MS = 120_000;
const RANDOM_KILLS = 20;
/** Slow enough that the backfill outlasts the kills. */
const BYTES_PER_SECOND = 4_000;
/** What the distributor does; the rest of the process has its own suite. */
const OF_DISTRIBUTOR = /-(append:(?!Target(Registered|Enabled))|put:target\/|checkpoint:distributor)/;

type Case = Readonly<{ home: string; place: string; puts: string; prefix: string }>;

describeWith('versitygw')('kill -9 of the distributor in the middle of a backfill', () => {
  let server: S3Server;
  let service: TargetService;
  let root: string;
  let bucket: string;
  let cases = 0;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'chainkeep-delivery-'));
    server = await startVersitygw();
    bucket = await makeBucket(server.client);
    // A finished backup over SIMULATED nodes, copied for every case.
    service = await TargetService.start({ blocks: FILES - 1, clockFactor: 30, members: ['bank-a'] });
    await service.requestRun();
    await service.until('backed up', async () => (await service.files()) === FILES);
    await service.until('at rest', async () =>
      existsSync(join(service.home, 'managed/e/backup_snapshot.json')),
    );
    await service.close();
  });
  afterAll(async () => {
    await service.remove();
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });

  const newCase = async (details: Readonly<Record<string, unknown>> = {}): Promise<Case> => {
    const mine = (cases += 1);
    const home = join(root, `home-${mine}`);
    await cp(service.home, home, { recursive: true });
    const prefix = `case-${mine}`;
    const place = JSON.stringify(s3Location(server.endpoint, server.root, { bucket, prefix, ...details }));
    return { home, place, puts: join(root, `puts-${mine}`), prefix };
  };

  /** One life of the process: how it ended and what it said. `killAfterMs` counts from when it is ready. */
  const live = async (
    { home, place, puts }: Case,
    env: Record<string, string> = {},
    killAfterMs?: number,
  ) => {
    const child = spawnTs('test/support/programs/target-crash-main.ts', {
      env: { ...process.env, CHAINKEEP_HOME: home, TARGET_PLACE: place, TARGET_PUTS: puts, ...env },
    });
    let output = '';
    let timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS);
    const take = (chunk: Buffer): void => {
      const wasReady = output.includes('READY');
      output += chunk.toString();
      if (wasReady || killAfterMs === undefined || !output.includes('READY')) return;
      clearTimeout(timer);
      timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    clearTimeout(timer);
    return { code, signal, output };
  };

  /** The target is the managed bucket, object for object, and no file that was stored was begun a second time. */
  const expectExact = async ({ home, puts, prefix }: Case): Promise<void> => {
    const { Contents = [] } = await server.client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}/` }),
    );
    // Each place has a marker with its own holder: that it is there is all that is compared.
    const comparable = (name: string, md5: string) => [name, name === '.chainkeep' ? 'a marker' : md5];
    const found = Contents.map(({ Key = '', ETag = '' }) =>
      comparable(Key.slice(prefix.length + 3), ETag.replaceAll('"', '')),
    );
    const folder = join(home, 'managed', 'e');
    const expected = await Promise.all(
      (await readdir(folder)).map(async (name) => {
        const bytes = await readFile(join(folder, name));
        return comparable(name, createHash('md5').update(bytes).digest('hex'));
      }),
    );
    expect(found.sort()).toEqual(expected.sort());
    expect(expected).toHaveLength(2 * FILES + 3);
    const stored = new Set<string>();
    for (const line of (await readFile(puts, 'utf8')).trim().split('\n')) {
      const [what, key = ''] = line.split(' ');
      if (what === 'begun')
        expect({ key, storedBefore: stored.has(key) }).toEqual({ key, storedBefore: false });
      if (what === 'stored') stored.add(key);
    }
  };

  it('at every named point leaves a state from which it finishes by itself', async () => {
    const dry = await newCase();
    const record = join(root, 'points');
    expect(await live(dry, { CHAINKEEP_TEST_CRASH_RECORD: record })).toMatchObject({ code: 0 });
    await expectExact(dry);
    const passed = crashPointsIn(record, true).filter((point) => OF_DISTRIBUTOR.test(point));
    const names = crashPointsIn(record).filter((point) => OF_DISTRIBUTOR.test(point));
    expect(names).toEqual(
      expect.arrayContaining([
        'before-append:SegmentDelivered',
        'after-append:SegmentDelivered',
        'before-put:target/segment',
        'after-put:target/manifest',
        'after-put:target/marker',
        'before-put:target/history',
        'after-append:HistoryPublished',
        'before-checkpoint:distributor',
      ]),
    );
    const crash = async (name: string): Promise<void> => {
      const mine = await newCase();
      // In the middle: neither the first time nor the last.
      const times = passed.filter((point) => point.replace(/:\d+$/, '') === name);
      const point = times[Math.floor(times.length / 2)] ?? name;
      const { signal, output } = await live(mine, { CHAINKEEP_TEST_CRASH_AT: point });
      // A point that depends on timing may not come this time; then the backfill is simply whole.
      if (signal !== 'SIGKILL') expect(output).toContain('DONE');
      const after = await live(mine);
      expect({ point, ...after, output: after.output.slice(-2_000) }).toMatchObject({ code: 0 });
      await expectExact(mine);
      await rm(mine.home, { recursive: true, force: true });
    };
    for (let index = 0; index < names.length; index += 2) {
      await Promise.all(names.slice(index, index + 2).map(crash));
    }
  });

  it(`at ${RANDOM_KILLS} random moments of one backfill leaves a state from which it finishes by itself`, async () => {
    const mine = await newCase({ max_bytes_per_second: BYTES_PER_SECOND });
    let kills = 0;
    for (let life = 0; life < RANDOM_KILLS; life += 1) {
      const { signal, output } = await live(mine, {}, Math.floor(Math.random() * 400));
      if (signal === 'SIGKILL') kills += 1;
      else expect(output).toContain('DONE');
    }
    expect(kills).toBeGreaterThan(0);
    expect(await live(mine)).toMatchObject({ code: 0 });
    await expectExact(mine);
  });
});
