import {
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { StoreMemory } from '#libs/event-store';
import { EventPublisher, type KafkaSettings } from '#libs/messaging';
import { KafkaEventPublisher } from '#libs/messaging/adapters/kafka.event-publisher';
import type { ServicePorts } from '#libs/services';
import { Relay } from './relay.handler.js';

@Module({})
export class RelayModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly relay: Relay,
    private readonly publisher: EventPublisher,
  ) {}

  /** The relay from the process's event store to Kafka. */
  static register(
    ports: Pick<ServicePorts, 'store' | 'clock' | 'log'> & Readonly<{ storeMemory: StoreMemory }>,
    kafka: KafkaSettings,
  ): DynamicModule {
    const { store, clock, log, storeMemory: memory } = ports;
    const publisher = new KafkaEventPublisher({ kafka, clock, log });
    return {
      module: RelayModule,
      providers: [
        { provide: EventPublisher, useValue: publisher },
        { provide: Relay, useValue: new Relay({ store, memory, publisher, clock, log }) },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.relay.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
    await this.publisher.close();
  }
}
