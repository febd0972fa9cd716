import { runService } from '#libs/composition';
import { readRelayConfig } from './relay.config.js';
import { RelayModule } from './relay.module.js';

void runService(
  {
    name: 'relay',
    publishes: true,
    config: readRelayConfig,
    module: (ports, { distributed }) => RelayModule.register(ports, distributed.kafka),
  },
  process.env,
);
