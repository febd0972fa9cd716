import { runService } from '#libs/composition';
import { readRequestIntakeConfig } from './request-intake.config.js';
import { RequestIntakeModule } from './request-intake.module.js';

void runService(
  {
    name: 'request-intake',
    config: readRequestIntakeConfig,
    topics: ['requests'],
    module: (ports) => RequestIntakeModule.register(ports),
  },
  process.env,
);
