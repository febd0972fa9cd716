import { runService } from '#libs/composition';
import { readSchedulerConfig } from './scheduler.config.js';
import { SchedulerModule } from './scheduler.module.js';

void runService(
  {
    name: 'scheduler',
    config: readSchedulerConfig,
    topics: ['events'],
    module: (ports, options) => SchedulerModule.register(ports, options),
  },
  process.env,
);
