import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock, MemoryLog, until } from '#libs/runtime/testing';
import type { Notification } from './notification.js';
import { Notifier } from './notifier.js';
import { aReceiver, type Receiver } from './testing.js';

const about = (id: string): Notification => ({
  id,
  type: 'BackupFailed',
  time: '2026-01-31T12:00:00.000Z',
  environment_id: 'prod',
  code: 'RANGE_MOVED',
  message: 'It moved.',
  hint: 'Wait.',
});

describe('Notifier', () => {
  let receiver: Receiver;
  let notifier: Notifier;
  let clock: ManualClock;
  let log: MemoryLog;
  const using = (url: string) => {
    clock = new ManualClock();
    log = new MemoryLog();
    notifier = new Notifier({ clock, log, random: () => 0.5 }, { url, secret: 'secret-secret-secret' });
  };
  beforeEach(async () => {
    receiver = await aReceiver();
    using(receiver.url);
  });
  afterEach(async () => {
    await notifier.stop();
    await receiver.close();
  });
  const ids = () => receiver.received.map(({ headers }) => headers['webhook-id']);
  const reopen = async (...statuses: readonly number[]) => {
    await receiver.close();
    receiver = await aReceiver(...statuses);
    using(receiver.url);
  };

  it('delivers each event once, also when it is told of one again', async () => {
    for (const id of ['a', 'b', 'a', 'c', 'b']) notifier.notify(about(id));
    await until(() => receiver.received.length >= 3);
    await clock.advance(7_200_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(ids().sort()).toStrictEqual(['a', 'b', 'c']);
    expect(log.lines).toStrictEqual([]);
  });

  it('tries again after a failure under the same id, and never after a success', async () => {
    await reopen(500, 503);
    notifier.notify(about('a'));
    for (const tries of [1, 2]) {
      await until(() => receiver.received.length === tries && clock.sleeping === 1);
      await clock.advance(10_000);
    }
    await until(() => receiver.received.length === 3);
    await clock.advance(7_200_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(ids()).toStrictEqual(['a', 'a', 'a']);
    const times = receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(times[2]! - times[0]!).toBeGreaterThan(9);
  });

  it('lets a failing event hold up no other', async () => {
    await reopen(500);
    notifier.notify(about('a'));
    await until(() => clock.sleeping === 1);
    notifier.notify(about('b'));
    await until(() => receiver.received.length === 2);
    expect(ids()).toStrictEqual(['a', 'b']);
  });

  it('gives up after an hour with a line that says what was not told', async () => {
    await receiver.close();
    notifier.notify(about('a'));
    const started = clock.nowMs();
    const given = () => log.lines.filter(({ level }) => level === 'error');
    while (given().length === 0) {
      await until(() => clock.sleeping === 1 || given().length > 0);
      await clock.advance(60_000);
    }
    expect(given()).toMatchObject([{ fields: { id: 'a', environment_id: 'prod', code: 'RANGE_MOVED' } }]);
    const minutes = (clock.nowMs() - started) / 60_000;
    expect(minutes).toBeGreaterThan(50);
    expect(minutes).toBeLessThanOrEqual(61);
    expect(log.lines.filter(({ level }) => level === 'warn').length).toBeLessThan(30);
    receiver = await aReceiver();
  });

  it('says at its end what was not delivered', async () => {
    await reopen(500);
    notifier.notify(about('a'));
    await until(() => clock.sleeping === 1);
    await notifier.stop();
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', fields: { id: 'a' } });
  });

  it('does nothing without a webhook', async () => {
    const silent = new Notifier({ clock, log, random: () => 0 }, undefined);
    silent.notify(about('a'));
    await silent.stop();
    expect(log.lines).toStrictEqual([]);
  });
});
