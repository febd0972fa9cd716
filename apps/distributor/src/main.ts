import { runService } from '#libs/composition';
import { readDistributorConfig } from './distributor.config.js';
import { DistributorModule } from './distributor.module.js';

void runService(
  {
    name: 'distributor',
    config: readDistributorConfig,
    topics: ['events', 'deliveries'],
    closes: 'target',
    module: (ports, { delivery }) => DistributorModule.register(ports, delivery),
  },
  process.env,
);
