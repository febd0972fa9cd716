/** @proves A message that cannot be handled fails its run, or suspends its target, with the code. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START, type StoredEvent } from '#libs/event-sourcing';
import { closeWorkOf } from '#libs/services';
import { BackupWorld } from '../support/worlds/backup-world.js';

const FAILURE = { code: 'EVENT_INVALID', message: 'It does not fit its schema.', attempts: 1 };

describe('work whose message can not be handled', () => {
  let world: BackupWorld;
  beforeEach(async () => {
    world = await BackupWorld.create();
    await world.environment([['monitor', 'monitor', 'http://127.0.0.1:9']]);
  });
  afterEach(async () => {
    await world.close();
  });

  const newest = async (type: string): Promise<StoredEvent> => {
    const events = await world.store.readAll(START, 1_000);
    const found = events.filter((event) => event.type === type).at(-1);
    if (found === undefined) throw new Error(`There is no ${type}.`);
    return found;
  };
  const targetEvents = async (): Promise<string[]> => {
    const types: string[] = [];
    for await (const { type } of world.store.readStream('target-t')) types.push(type);
    return types;
  };

  it('a run fails with the code, once; the message of a run that is over is for the dead letters', async () => {
    await world.request();
    const close = closeWorkOf('backup', world.ports);
    const requested = await newest('BackupRequested');
    expect(await close(requested, FAILURE)).toBe(true);
    expect(await world.lastEvent()).toMatchObject({
      type: 'BackupFailed',
      data: { runId: 'run-1', code: 'EVENT_INVALID', retryable: false },
    });
    expect(await close(requested, FAILURE)).toBe(false);
    await world.request();
    expect(await close(requested, FAILURE)).toBe(false);
    expect((await world.backup()).status).toBe('requested');
  });

  it('a code that nobody knows is INTERNAL', async () => {
    await world.request();
    const close = closeWorkOf('backup', world.ports);
    expect(await close(await newest('BackupRequested'), { ...FAILURE, code: 'X' })).toBe(true);
    expect(await world.lastEvent()).toMatchObject({ data: { code: 'INTERNAL' } });
  });

  it('deliveries are suspended with the code, and nothing happens to a target that is not fed', async () => {
    await world.target('t', false);
    const close = closeWorkOf('target', world.ports);
    const registered = await newest('TargetRegistered');
    expect(await close(registered, FAILURE)).toBe(false);
    const { at, context } = world.context();
    await world.ports.streams.targets.handle('t', { type: 'EnableTarget', at }, context);
    expect(await close(await newest('TargetEnabled'), FAILURE)).toBe(true);
    expect(await targetEvents()).toEqual([
      'TargetRegistered',
      'TargetEnabled',
      'DeliveryFailed',
      'DeliverySuspended',
    ]);
    expect(await newest('DeliverySuspended')).toMatchObject({ data: { code: 'EVENT_INVALID' } });
  });

  it('what belongs to other work is not closed', async () => {
    await world.request();
    const requested = await newest('BackupRequested');
    expect(await closeWorkOf('target', world.ports)(requested, FAILURE)).toBe(false);
    expect(await closeWorkOf('backup', world.ports)(await newest('NodeRegistered'), FAILURE)).toBe(false);
    expect((await world.backup()).status).toBe('requested');
  });
});
