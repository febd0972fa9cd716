import { runService } from '#libs/composition';
import { TOPICS } from '#libs/messaging';
import { readSchedulerConfig } from './scheduler.config.js';
import { SchedulerModule } from './scheduler.module.js';

void runService(
  {
    name: 'scheduler',
    config: readSchedulerConfig,
    topics: [TOPICS.events],
    module: (ports, options) => SchedulerModule.register(ports, options),
  },
  process.env,
);
