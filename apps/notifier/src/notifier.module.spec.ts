import { afterEach, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { createChainkeepStreams } from '#libs/contracts';
import { DEFAULT_BACKUP_SETTINGS, type BackupCommand } from '#libs/domain';
import { MemoryCheckpointStore } from '#libs/event-store/adapters/memory.checkpoint-store';
import { MemoryDeadLetterSink } from '#libs/event-store/adapters/memory.dead-letter-sink';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { CATALOGUE } from '#libs/kernel';
import { EmbeddedBusServer } from '#libs/messaging/adapters/embedded-bus.server';
import { SystemClock } from '#libs/runtime';
import type { ServicePorts } from '#libs/services';
import { MemoryLog, until } from '#libs/runtime/testing';
import { NotifierModule } from './notifier.module.js';
import { aReceiver } from './testing.js';
import { signatureOf } from './webhook.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const at = '2026-01-31T12:00:00.000Z';
const context = { actor: 'system', correlationId: 'c', at };
const gate = {
  settings: { ...DEFAULT_BACKUP_SETTINGS, enabled: true },
  monitorResetRequired: false,
  removed: false,
};
const request = (runId: string): BackupCommand => ({
  type: 'RequestBackup',
  environmentId: 'prod',
  request: { runId, trigger: 'manual', attempt: 0, requestedAt: at },
  gate,
});
const troubles: readonly BackupCommand[] = [
  request('r1'),
  { type: 'FailBackup', runId: 'r1', code: 'BACKUP_STALLED', message: 'Nothing moved.', retryable: true, at },
  request('r2'),
  {
    type: 'DisputeRange',
    runId: 'r2',
    code: 'VALIDATOR_UNREACHABLE',
    retryable: true,
    reason: 'v2 is silent.',
    confirmations: [],
    departures: [],
    at,
  },
  { type: 'NoteOverdue', since: at, at },
];

describe('NotifierModule', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it('tells a webhook of failed, disputed and overdue backups and of suspended deliveries', async () => {
    const receiver = await aReceiver(500);
    const store = new MemoryEventStore();
    const clock = new SystemClock();
    const log = new MemoryLog();
    const streams = createChainkeepStreams(store);
    const ports = { store, clock, log, streams, random: () => 0 } as unknown as ServicePorts;
    const options = { webhookUrl: receiver.url, webhookSecret: SECRET };
    const module = await Test.createTestingModule({
      imports: [NotifierModule.register(ports, options)],
    }).compile();
    const strategy = new EmbeddedBusServer({
      consumer: 'notifier',
      store,
      checkpoints: new MemoryCheckpointStore(),
      deadLetters: new MemoryDeadLetterSink(),
      clock,
      log,
    });
    const app = module.createNestMicroservice({ strategy });
    closing.push(
      receiver.close,
      () => store.close(),
      () => app.close(),
    );
    await app.listen();

    for (const command of troubles) await streams.backups.handle('prod', command, context);
    await streams.targets.handle(
      'bank-a',
      {
        type: 'RegisterTarget',
        targetId: 'bank-a',
        consortiumId: 'c',
        environmentId: 'prod',
        description: { name: 'A', membershipId: 'm', provider: 'directory', details: {}, destination: 'd' },
        at,
      },
      context,
    );
    await streams.targets.handle('bank-a', { type: 'EnableTarget', at }, context);
    await streams.targets.handle(
      'bank-a',
      {
        type: 'RecordFailure',
        file: 'f',
        code: 'TARGET_UNAVAILABLE',
        message: 'It is full.',
        nextAttemptAt: at,
        suspend: true,
        at,
      },
      context,
    );
    await until(() => receiver.received.length === 5);

    const bodies = receiver.received.map(({ body }) => JSON.parse(body) as Record<string, string>);
    const byType = new Map(bodies.map((body) => [body['type'], body]));
    expect(bodies[0]?.['id']).toBe(bodies.findLast(({ type }) => type === bodies[0]?.['type'])?.['id']);
    expect(byType.get('BackupFailed')).toStrictEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: 'BackupFailed',
      time: at,
      environment_id: 'prod',
      code: 'BACKUP_STALLED',
      message: 'Nothing moved.',
      hint: CATALOGUE.BACKUP_STALLED.hint,
    });
    expect(byType.get('RangeDisputed')).toMatchObject({
      code: 'VALIDATOR_UNREACHABLE',
      message: 'v2 is silent.',
    });
    expect(byType.get('BackupOverdue')).toMatchObject({ environment_id: 'prod', code: 'BACKUP_OVERDUE' });
    expect(byType.get('DeliverySuspended')).toMatchObject({
      environment_id: 'prod',
      target_id: 'bank-a',
      code: 'TARGET_UNAVAILABLE',
      message: 'It is full.',
    });
    for (const { headers, body } of receiver.received) {
      const timestamp = Number(headers['webhook-timestamp']);
      const id = String(headers['webhook-id']);
      expect(headers['webhook-signature']).toBe(signatureOf(SECRET, { id, timestamp, body }));
    }
  });

  it.each(['http://169.254.169.254/', 'mailto:a@b'])('refuses to start with the webhook %s', (webhookUrl) => {
    expect(() => NotifierModule.register({} as ServicePorts, { webhookUrl })).toThrow();
  });
});
