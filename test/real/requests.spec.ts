/**
 * @proves On a real Kafka, bad requests are refused with reasons while others proceed, and the documented kcat and kafkajs examples work.
 */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createChainkeepStreams, decodeEvent, type ChainkeepStreams } from '#libs/contracts';
import { START } from '#libs/event-sourcing';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { TOPICS } from '#libs/messaging';
import { RequestIntakeModule } from '../../apps/request-intake/src/request-intake.module.js';
import { KafkaBench, until, type Letter } from '../support/worlds/kafka-bench.js';
import { describeWith } from '../support/servers/real-servers.js';
import {
  prepareInstallation,
  RequestProducer,
  type RequestRecord,
} from '../support/worlds/request-producer.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

describeWith('kafka', 'kcat')('Requests through a real broker', () => {
  let bench: KafkaBench;
  let store: MemoryEventStore;
  let streams: ChainkeepStreams;
  let letters: readonly Letter[];
  let operator: RequestProducer;
  let bankA: RequestProducer;

  const listen = async () =>
    bench.listen('request-intake', RequestIntakeModule.register({ streams, clock: bench.clock }), {
      topics: [TOPICS.requests],
      check: decodeEvent,
    });
  const countOf = async (type: string): Promise<number> =>
    (await store.readAll(START, 10_000)).filter((event) => event.type === type).length;
  const codesOf = (id: string): (string | undefined)[] =>
    letters.filter(({ headers }) => headers['ce_id'] === id).map(({ headers }) => headers['dlq_code']);

  beforeAll(async () => {
    bench = await KafkaBench.start(2);
    store = new MemoryEventStore();
    streams = createChainkeepStreams(store);
    await prepareInstallation(streams);
    operator = await RequestProducer.register(streams, 'ops', 'operator');
    bankA = await RequestProducer.register(streams, 'bank-a', 'member_admin');
    letters = await bench.letters(TOPICS.requests);
  });
  afterAll(async () => {
    await bench.close();
  });

  it('sets each bad message aside with its reason, on every partition, and takes the rest', async () => {
    const prod = { environmentId: 'prod' };
    const ago = (s: number, id: string) => ({ id, time: new Date(Date.now() - s * 1_000).toISOString() });
    const target = { targetId: 'bank-a-s3' };
    const expected: Record<string, string> = {};
    const bad: RequestRecord[] = [];
    const refused = (id: string, code: string, request: RequestRecord): void => {
      expected[id] = code;
      bad.push({ ...request, headers: { ...request.headers, ce_id: id } });
    };
    const signed = async (id: string, faults = {}) =>
      operator.request('BackupRequested', prod, { id }, faults);
    const once = ago(5, '');
    const first = await operator.request('BackupRequested', prod, { id: 'good-1' });
    const enable = await bankA.request('TargetEnabled', target, ago(10, 'good-2'));

    refused('cut', 'REQUEST_INVALID', { ...(await signed('cut')), value: '{"environmentId":' });
    refused('type', 'REQUEST_INVALID', await operator.request('SegmentExported', prod));
    refused('field', 'REQUEST_INVALID', await operator.request('BackupRequested', { ...prod, enable: true }));
    const huge = await operator.request('BackupConfigured', { ...prod, segmentBlocks: 0 }, { id: 'digits' });
    refused('digits', 'REQUEST_INVALID', {
      ...huge,
      value: `{"environmentId":"prod","segmentBlocks":${'9'.repeat(400)}}`,
    });
    refused('large', 'REQUEST_TOO_LARGE', { ...(await signed('large')), value: 'x'.repeat(1_500_000) });
    refused('other-body', 'REQUEST_UNSIGNED', {
      ...(await signed('other-body')),
      value: '{"environmentId":"test"}',
    });
    refused('other-key', 'REQUEST_UNSIGNED', await signed('other-key', { kid: bankA.keyName }));
    refused('late', 'REQUEST_EXPIRED', await operator.request('BackupRequested', prod, ago(7_200, 'late')));
    refused(
      'theirs',
      'AUTH_FORBIDDEN',
      await bankA.request('TargetEnabled', { targetId: 'bank-b-s3' }, { id: 'theirs' }),
    );
    refused(
      'nowhere',
      'RESOURCE_NOT_FOUND',
      await operator.request('BackupRequested', { environmentId: 'x' }, { id: 'nowhere' }),
    );
    const outdated = await bankA.request('TargetDisabled', target, ago(20, 'outdated'));

    const { close } = await listen();
    await bench.send(TOPICS.requests, first, enable);
    await until('the first ones', async () => (await countOf('RequestApplied')) === 2);
    // Both partitions get everything, good ones in between and at the end.
    for (const partition of [0, 1]) {
      await bench.send(
        TOPICS.requests,
        { partition, value: null },
        { partition, value: Buffer.from([0xff, 0]), key: 'k' },
      );
      await bench.send(TOPICS.requests, ...bad.map((request) => ({ ...request, partition })));
      const settings = { ...prod, segmentBlocks: 100 + partition };
      const between = await operator.request('BackupConfigured', settings, {
        ...once,
        id: `between-${partition}`,
      });
      await bench.send(
        TOPICS.requests,
        { ...between, partition },
        { ...first, partition },
        { ...outdated, partition },
      );
    }
    const last = [
      await operator.request('BackupRequested', prod, { id: 'last-0' }),
      await operator.request('BackupRequested', prod, { id: 'last-1' }),
    ];
    await bench.send(TOPICS.requests, ...last.map((request, partition) => ({ ...request, partition })));

    await until('the last ones', async () => (await countOf('RequestApplied')) === 6);
    const total = 2 * (2 + bad.length + 2);
    await until(`${total} letters`, () => letters.length >= total);
    await until(
      'every offset committed',
      async () => (await bench.lagOf('request-intake', TOPICS.requests)) === 0n,
    );
    expect(letters).toHaveLength(total);
    for (const [id, code] of Object.entries(expected))
      expect([id, codesOf(id)]).toStrictEqual([id, [code, code]]);
    expect(codesOf('good-1')).toStrictEqual(['REQUEST_DUPLICATE', 'REQUEST_DUPLICATE']);
    expect(codesOf('outdated')).toContain('REQUEST_OUTDATED');
    expect(letters.filter(({ headers }) => headers['ce_id'] === undefined)).toHaveLength(4);
    expect(letters.every(({ headers }) => (headers['dlq_reason'] ?? '').length > 10)).toBe(true);
    // Recorded: the six and the outdated one, which was refused after that; requests during a run are one follow-up.
    expect([await countOf('RequestReceived'), await countOf('RequestRefused')]).toStrictEqual([7, 1]);
    expect(await countOf('BackupRequested')).toBe(2);
    expect((await streams.targets.load('bank-a-s3')).state).toMatchObject({ enabled: true });
    await close();
  });

  it('takes what the documented kcat and kafkajs examples publish', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const at = new Date().toISOString();
    const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }));
    const key = {
      keyId: 'erp',
      role: 'member_admin',
      hash: 'signing:bank-a/erp',
      label: '',
      publicKey: jwk,
    } as const;
    const context = { actor: 'test', correlationId: 'test', at };
    await streams.members.handle('bank-a', { type: 'IssueApiKey', key, at }, context);
    const directory = await mkdtemp(join(tmpdir(), 'chainkeep-requests-'));
    await writeFile(join(directory, 'producer.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await symlink(join(ROOT, 'docs'), join(directory, 'docs'));
    const text = await readFile(join(ROOT, 'docs/how-to/publish-requests.md'), 'utf8');
    const [kcat = '', kafkajs = '', dlq = ''] = [...text.matchAll(/```sh\n(.*?)```/gs)].map(
      ([, block]) => block,
    );
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      KAFKA_BROKERS: bench.broker.address,
      SIGNS_AS: 'bank-a/erp',
    };
    const shell = async (script: string) => run('bash', ['-euc', script], { cwd: directory, env });

    const { close } = await listen();
    const before = await countOf('RequestApplied');
    await shell(kcat);
    await until('the request of kcat', async () => (await countOf('RequestApplied')) === before + 1);
    expect((await streams.targets.load('bank-a-s3')).state).toMatchObject({ enabled: true });
    await shell(kafkajs);
    await until('the request of kafkajs', async () => (await countOf('RequestApplied')) === before + 2);
    expect((await streams.targets.load('bank-a-s3')).state).toMatchObject({ enabled: false });
    expect((await shell(dlq)).stdout).toContain('dlq_code=REQUEST_DUPLICATE');
    await close();
    await rm(directory, { recursive: true });
  });
});
