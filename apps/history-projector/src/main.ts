import { runService } from '#libs/composition';
import { readHistoryProjectorConfig } from './history-projector.config.js';
import { HistoryProjectorModule } from './history-projector.module.js';

void runService(
  {
    name: 'history-projector',
    config: readHistoryProjectorConfig,
    views: true,
    module: (ports) => HistoryProjectorModule.register(ports),
  },
  process.env,
);
