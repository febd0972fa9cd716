import { runService } from '#libs/composition';
import { readNotifierConfig } from './notifier.config.js';
import { NotifierModule } from './notifier.module.js';

void runService(
  {
    name: 'notifier',
    config: readNotifierConfig,
    topics: ['events', 'deliveries'],
    module: (ports, options) => NotifierModule.register(ports, options),
  },
  process.env,
);
