import type { ServicePorts } from '#libs/services';
import type { AdminApiOptions } from './admin-api.options.js';
import { Commands } from './commands.js';
import { KeyRing } from './edge/key-ring.js';
import { Resources } from './resources.js';

/** The ports of the process and what the API has on top of them. A handler names what it takes. */
export type Kit = ServicePorts &
  Readonly<{
    options: AdminApiOptions;
    commands: Commands;
    resources: Resources;
    keys: KeyRing;
  }>;

export const createKit = (ports: ServicePorts, options: AdminApiOptions): Kit => ({
  ...ports,
  options,
  commands: new Commands(ports),
  resources: new Resources(ports),
  keys: new KeyRing(ports),
});
