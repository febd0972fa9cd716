/** @proves Requests are applied once per source and ID. Reordered, unsigned, malformed and unauthorized ones are refused with a reason. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createChainkeepStreams, type ChainkeepStreams } from '#libs/contracts';
import { START } from '#libs/event-sourcing';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import type { TopicRecord } from '#libs/messaging';
import { SystemClock } from '#libs/runtime';
import {
  prepareInstallation,
  RequestProducer,
  type RequestRecord,
} from '../../../test/support/worlds/request-producer.js';
import { RequestHandler } from './request.handler.js';

const DAY_S = 86_400;

describe('Requests of external producers', () => {
  let store: MemoryEventStore;
  let streams: ChainkeepStreams;
  let handler: RequestHandler;
  let operator: RequestProducer;
  let bankA: RequestProducer;
  let offset = 0n;

  const toRecord = ({ key, value, headers }: RequestRecord): TopicRecord => ({
    ...{ topic: 'chainkeep.requests', partition: 0, offset: offset++ },
    ...{ key, value: Buffer.from(value), headers },
  });
  const outcome = async (record: TopicRecord): Promise<string> =>
    handler.handle(record).then(
      () => 'applied',
      (error: unknown) => (error as { code: string }).code,
    );
  const publish = async (record: RequestRecord): Promise<string> => outcome(toRecord(record));
  const typesOf = async (): Promise<string[]> => (await store.readAll(START, 1_000)).map(({ type }) => type);
  const countOf = async (type: string): Promise<number> =>
    (await typesOf()).filter((one) => one === type).length;

  beforeEach(async () => {
    store = new MemoryEventStore();
    streams = createChainkeepStreams(store);
    handler = new RequestHandler({ streams, clock: new SystemClock() });
    await prepareInstallation(streams);
    operator = await RequestProducer.register(streams, 'ops', 'operator');
    bankA = await RequestProducer.register(streams, 'bank-a', 'member_admin');
  });

  it('applies what an operator asks, and says who it was', async () => {
    expect(await publish(await operator.request('BackupRequested', { environmentId: 'prod' }))).toBe(
      'applied',
    );
    const configure = { environmentId: 'prod', segmentBlocks: 500, agreement: { kind: 'quorum' } };
    expect(await publish(await operator.request('BackupConfigured', configure))).toBe('applied');
    expect(await publish(await operator.request('TargetEnabled', { targetId: 'bank-b-s3' }))).toBe('applied');
    const { state } = await streams.environments.load('prod');
    expect(state).toMatchObject({
      settings: { segmentBlocks: 500, enabled: true, agreement: { kind: 'quorum' } },
    });
    expect((await streams.targets.load('bank-b-s3')).state).toMatchObject({ enabled: true });
    const requested = (await store.readAll(START, 100)).find(({ type }) => type === 'BackupRequested');
    expect(requested?.metadata.actor).toBe('bus:https://ops.example/erp');
    expect(requested?.data).toMatchObject({ trigger: 'bus' });
    expect(await countOf('RequestApplied')).toBe(3);
  });

  it('lets a member switch its own targets only, and a viewer nothing', async () => {
    expect(await publish(await bankA.request('TargetEnabled', { targetId: 'bank-a-s3' }))).toBe('applied');
    expect(await publish(await bankA.request('TargetEnabled', { targetId: 'bank-b-s3' }))).toBe(
      'AUTH_FORBIDDEN',
    );
    expect(await publish(await bankA.request('BackupRequested', { environmentId: 'prod' }))).toBe(
      'AUTH_FORBIDDEN',
    );
    const viewer = await RequestProducer.register(streams, 'bank-a', 'member_viewer');
    expect(await publish(await viewer.request('TargetDisabled', { targetId: 'bank-a-s3' }))).toBe(
      'AUTH_FORBIDDEN',
    );
    expect(await countOf('RequestReceived')).toBe(1);
  });

  it('takes a source and id once for good: the message again is a repetition, another is a duplicate', async () => {
    const request = await operator.request('BackupRequested', { environmentId: 'prod' }, { id: 'r-1' });
    const record = toRecord(request);
    expect(await outcome(record)).toBe('applied');
    const before = await typesOf();
    expect(await outcome(record)).toBe('applied');
    expect(await publish(request)).toBe('REQUEST_DUPLICATE');
    const other = await operator.request('TargetEnabled', { targetId: 'bank-a-s3' }, { id: 'r-1' });
    expect(await publish(other)).toBe('REQUEST_DUPLICATE');
    expect(await typesOf()).toStrictEqual(before);
    const { source } = operator;
    const squatted = await bankA.request(
      'TargetEnabled',
      { targetId: 'bank-a-s3' },
      { id: 'r-2' },
      { claims: { ce_source: source }, headers: { ce_source: source } },
    );
    expect(await publish(squatted)).toBe('applied');
    const own = await operator.request('TargetEnabled', { targetId: 'bank-b-s3' }, { id: 'r-2' });
    expect(await publish(own)).toBe('applied');
  });

  it('finishes after a crash between recording and applying, also when the request has expired since', async () => {
    const request = await operator.request('TargetEnabled', { targetId: 'bank-a-s3' });
    const record = toRecord(request);
    const crashing = {
      ...streams,
      targets: { ...streams.targets, handle: () => Promise.reject(new Error('x')) },
    };
    await expect(
      new RequestHandler({ streams: crashing, clock: new SystemClock() }).handle(record),
    ).rejects.toThrow();
    expect(await countOf('RequestReceived')).toBe(1);
    const late = Object.assign(new SystemClock(), { nowMs: () => Date.now() + 2 * DAY_S * 1_000 });
    await new RequestHandler({ streams, clock: late }).handle(record);
    expect((await streams.targets.load('bank-a-s3')).state).toMatchObject({ enabled: true });
    expect(await countOf('RequestApplied')).toBe(1);
  });

  it('lets the newest of reordered requests win', async () => {
    const at = (s: number) => ({ time: new Date(Date.now() + s * 1_000).toISOString() });
    const target = { targetId: 'bank-a-s3' };
    const [disable, enable] = [
      await bankA.request('TargetDisabled', target, at(-20)),
      await bankA.request('TargetEnabled', target, at(-10)),
    ];
    expect(await publish(enable)).toBe('applied');
    expect(await publish(disable)).toBe('REQUEST_OUTDATED');
    expect((await streams.targets.load('bank-a-s3')).state).toMatchObject({ enabled: true });
    const configure = async (segmentBlocks: number, s: number) =>
      publish(await operator.request('BackupConfigured', { environmentId: 'prod', segmentBlocks }, at(s)));
    expect([await configure(200, -5), await configure(100, -6), await configure(300, -4)]).toStrictEqual([
      'applied',
      'REQUEST_OUTDATED',
      'applied',
    ]);
  });

  it('records what the decider refuses, and answers the same when it comes again', async () => {
    const off = { environmentId: 'prod', enabled: false };
    await publish(await operator.request('BackupConfigured', off));
    const record = toRecord(await operator.request('BackupRequested', { environmentId: 'prod' }));
    expect(await outcome(record)).toBe('BACKUP_DISABLED');
    await publish(await operator.request('BackupConfigured', { ...off, enabled: true }));
    expect(await outcome(record)).toBe('BACKUP_DISABLED');
    expect(await countOf('RequestRefused')).toBe(1);
    expect(await countOf('BackupRequested')).toBe(0);
  });

  it('refuses what is not signed as it stands, with what key it may, and in its time', async () => {
    const body = { environmentId: 'prod' };
    const sign = async (faults: Parameters<RequestProducer['request']>[3], time = new Date()) =>
      publish(await operator.request('BackupRequested', body, { time: time.toISOString() }, faults));
    const outcomes = [
      await sign({ claims: { body_sha256: '00' } }),
      await sign({ claims: { ce_type: 'TargetEnabled' } }),
      await sign({ headers: { ce_id: 'another' } }),
      await sign({ headers: { jws: 'nonsense' } }),
      await sign({ kid: bankA.keyName }),
      await sign({ kid: 'nobody/k1' }),
      await sign({ kid: '../x/k1' }),
    ];
    expect(new Set(outcomes)).toStrictEqual(new Set(['REQUEST_UNSIGNED']));
    const now = Date.now();
    const late = [
      await sign({ claims: { exp: Math.floor(now / 1_000) - 1 } }, new Date(now - 60_000)),
      await sign({ claims: { exp: Math.floor(now / 1_000) + 2 * DAY_S } }),
      await sign({}, new Date(now + 3_600_000)),
    ];
    expect(new Set(late)).toStrictEqual(new Set(['REQUEST_EXPIRED']));
    expect(await countOf('RequestReceived')).toBe(0);
  });

  it('refuses what has another form, naming it', async () => {
    const send = async (value: string, headers: Record<string, string> = {}, type = 'BackupRequested') => {
      const request = await operator.request(type, { environmentId: 'prod' });
      return publish({ ...request, value, headers: { ...request.headers, ...headers } });
    };
    expect(await send('{"environmentId":')).toBe('REQUEST_INVALID');
    expect(await send('[]')).toBe('REQUEST_INVALID');
    expect(await send('{"environmentId":"prod","enable":true}')).toBe('REQUEST_INVALID');
    expect(await send('{"environmentId":"prod"}', { ce_time: 'yesterday' })).toBe('REQUEST_INVALID');
    expect(await send('{}', {}, 'SegmentExported')).toBe('REQUEST_INVALID');
    expect(await send(`{"environmentId":"${'x'.repeat(70_000)}"}`)).toBe('REQUEST_TOO_LARGE');
    const { jws: _none, ...unsigned } = (await operator.request('BackupRequested', {})).headers;
    expect(await publish({ key: '', value: '{}', headers: unsigned })).toBe('REQUEST_UNSIGNED');
    const unknown = await operator.request('BackupRequested', { environmentId: 'nowhere' });
    expect(await publish(unknown)).toBe('RESOURCE_NOT_FOUND');
  });
});
