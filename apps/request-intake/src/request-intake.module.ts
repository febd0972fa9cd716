import { Module, type DynamicModule } from '@nestjs/common';
import { RequestHandler, type RequestHandlerParts } from './request.handler.js';
import { RequestIntakeConsumer } from './request-intake.consumer.js';

@Module({})
export class RequestIntakeModule {
  /** The intake over the process's adapters. */
  static register({ streams, clock }: RequestHandlerParts): DynamicModule {
    return {
      module: RequestIntakeModule,
      controllers: [RequestIntakeConsumer],
      providers: [{ provide: RequestHandler, useValue: new RequestHandler({ streams, clock }) }],
    };
  }
}
