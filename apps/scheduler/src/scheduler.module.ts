import {
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { STALL_TIMEOUT_MS } from '#libs/domain';
import type { ServicePorts } from '#libs/services';
import { ScheduleHandler } from './schedule.handler.js';
import { SchedulerConsumer } from './scheduler.consumer.js';
import { SchedulerLoop } from './scheduler.loop.js';

export type SchedulerOptions = Readonly<{
  /** How long a run may stall before it is woken, and again before it is failed, in ms. */
  stallTimeoutMs?: number | undefined;
}>;

@Module({})
export class SchedulerModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly loop: SchedulerLoop) {}

  /** The scheduler over the process's adapters. */
  static register(
    ports: ServicePorts,
    { stallTimeoutMs = STALL_TIMEOUT_MS }: SchedulerOptions = {},
  ): DynamicModule {
    const handler = new ScheduleHandler(ports, stallTimeoutMs);
    const loop = new SchedulerLoop(ports, handler, stallTimeoutMs);
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
