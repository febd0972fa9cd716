import { runService } from '#libs/composition';
import { readExporterConfig } from './exporter.config.js';
import { ExporterModule } from './exporter.module.js';

void runService(
  {
    name: 'exporter',
    config: readExporterConfig,
    topics: ['events'],
    closes: 'backup',
    stages: true,
    module: (ports, options) => ExporterModule.register(ports, options),
  },
  process.env,
);
