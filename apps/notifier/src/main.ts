import { runService } from '#libs/composition';
import { TOPICS } from '#libs/messaging';
import { readNotifierConfig } from './notifier.config.js';
import { NotifierModule } from './notifier.module.js';

void runService(
  {
    name: 'notifier',
    config: readNotifierConfig,
    topics: [TOPICS.events, TOPICS.deliveries],
    module: (ports, options) => NotifierModule.register(ports, options),
  },
  process.env,
);
