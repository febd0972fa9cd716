import { EventPattern, Payload } from '@nestjs/microservices';
import { EventConsumer, REQUEST_PATTERN, type TopicRecord } from '#libs/messaging';
import { RequestHandler } from './request.handler.js';

/** Edge: records of the topic of requests, as they came. */
@EventConsumer()
export class RequestIntakeConsumer {
  constructor(private readonly handler: RequestHandler) {}

  @EventPattern(REQUEST_PATTERN)
  onRequest(@Payload() record: TopicRecord): Promise<void> {
    return this.handler.handle(record);
  }
}
