import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { OwnsAll } from '#libs/messaging';
import { Providers } from '#libs/object-store';
import { createServicePorts, type Adapters } from '#libs/services';
import { aWorld, caughtUp, context, playRuns, STORES } from '#libs/projections/testing';
import { HistoryProjectorModule } from './history-projector.module.js';

it.each(STORES)('projects over %s from the start of an application to its end', async (_name, open) => {
  const world = await aWorld(open);
  const unused = {
    objects: { providers: new Providers([]) },
  } as unknown as Pick<Adapters, 'vault' | 'nodes' | 'controllers' | 'objects'>;
  const everything = new OwnsAll();
  const ports = createServicePorts({
    ...world,
    ...unused,
    home: '',
    staging: '',
    installation: '',
    environmentOwnership: everything,
    targetOwnership: everything,
  });
  const module = await Test.createTestingModule({
    imports: [HistoryProjectorModule.register(ports)],
  }).compile();
  const app = await module.createNestApplication().init();
  await playRuns(world.streams);
  await caughtUp(world);
  await ports.catalogue.waitFor(await world.store.head(), 240_000);
  await app.close();
  const head = await world.store.head();
  const overdue = {
    id: randomUUID(),
    type: 'BackupOverdue',
    data: { since: context.at, at: context.at },
    metadata: { ...context, schemaVersion: 1 },
  };
  await world.store.append('backup-prod', [overdue], 'any');
  await new Promise((resolve) => setTimeout(resolve, 30));
  const physical = await world.readModels.active('history');
  expect((await world.readModels.checkpoint(physical!)).position).toBe(head);
  await world.close();
});
