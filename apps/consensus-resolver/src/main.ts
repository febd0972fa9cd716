import { runService } from '#libs/composition';
import { readConsensusResolverConfig } from './consensus-resolver.config.js';
import { ConsensusResolverModule } from './consensus-resolver.module.js';

void runService(
  {
    name: 'consensus-resolver',
    config: readConsensusResolverConfig,
    topics: ['events'],
    closes: 'backup',
    module: (ports) => ConsensusResolverModule.register(ports),
  },
  process.env,
);
