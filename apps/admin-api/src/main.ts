import { runService } from '#libs/composition';
import { readAdminApiConfig } from './admin-api.config.js';
import { AdminApiModule } from './admin-api.module.js';
import { configureAdminApi } from './configure-admin-api.js';
import { announceOperatorKey } from './operator-key.js';

void runService(
  {
    name: 'admin-api',
    config: readAdminApiConfig,
    views: true,
    module: (ports, { consoleFolder }, build) =>
      AdminApiModule.register(ports, { open: false, ...build, consoleFolder }),
    http: ({ port }) => ({ port, configure: configureAdminApi }),
    started: announceOperatorKey,
  },
  process.env,
);
