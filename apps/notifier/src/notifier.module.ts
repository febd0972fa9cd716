import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { ServicePorts } from '#libs/services';
import { NotifierConsumer, TargetStreams } from './notifier.consumer.js';
import { Notifier } from './notifier.js';
import { checkWebhook, type WebhookSettings } from './webhook.js';

export type NotifierOptions = Readonly<{
  /** Where notifications go; without it none are sent. */
  webhookUrl?: string | undefined;
  /** Signs them; `whsec_` and base64, or any text. */
  webhookSecret?: string | undefined;
}>;

const webhookOf = ({
  webhookUrl: url,
  webhookSecret: secret,
}: NotifierOptions): WebhookSettings | undefined => {
  if (url === undefined) return undefined;
  const webhook = { url, ...(secret === undefined ? {} : { secret }) };
  checkWebhook(webhook);
  return webhook;
};

/**
 * notifier owns telling the outside world that something needs a person: a signed webhook for failed, disputed and
 * overdue backups and for suspended deliveries. It does not own what counts as a failure (domain).
 */
@Module({})
export class NotifierModule implements OnApplicationShutdown {
  constructor(private readonly notifier: Notifier) {}

  /** Tells a webhook of failures. Throws CONFIG_INVALID or URL_REFUSED for a URL that can't be used. */
  static register(
    ports: Pick<ServicePorts, 'clock' | 'log' | 'random' | 'streams'>,
    options: NotifierOptions = {},
  ): DynamicModule {
    return {
      module: NotifierModule,
      controllers: [NotifierConsumer],
      providers: [
        { provide: Notifier, useValue: new Notifier(ports, webhookOf(options)) },
        { provide: TargetStreams, useValue: ports.streams },
      ],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.notifier.stop();
  }
}
