import {
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { ServicePorts } from '#libs/platform';
import { ScheduleHandler } from './schedule.handler.js';
import { SchedulerConsumer } from './scheduler.consumer.js';
import { SchedulerLoop } from './scheduler.loop.js';

@Module({})
export class SchedulerModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly loop: SchedulerLoop) {}

  /** The scheduler over the process's adapters. */
  static register(ports: ServicePorts): DynamicModule {
    const loop = new SchedulerLoop(ports, new ScheduleHandler(ports));
    return {
      module: SchedulerModule,
      controllers: [SchedulerConsumer],
      providers: [{ provide: SchedulerLoop, useValue: loop }],
    };
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}
