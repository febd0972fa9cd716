import type { ServicePorts } from '#libs/services';
import type { AdminApiOptions } from './admin-api.options.js';
import { Commands } from './commands.js';
import { KeyRing } from './edge/key-ring.js';
import type { ReadModelReader } from '#libs/projections';
import { Resources } from './resources.js';

/** What every handler works with. */
export type Kit = Readonly<{
  ports: ServicePorts;
  options: AdminApiOptions;
  commands: Commands;
  reads: ReadModelReader;
  resources: Resources;
  keys: KeyRing;
}>;

export const createKit = (ports: ServicePorts, options: AdminApiOptions): Kit => ({
  ports,
  options,
  commands: new Commands(ports),
  reads: ports.reads,
  resources: new Resources(ports),
  keys: new KeyRing(ports),
});
