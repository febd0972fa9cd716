import type { Provider } from '@nestjs/common';
import { CoverageHandler } from './backup/coverage.handler.js';
import { DecideHandler } from './backup/decide.handler.js';
import { HistoryHandler } from './backup/history.handler.js';
import { RunHandler } from './backup/run.handler.js';
import { SettingsHandler } from './backup/settings.handler.js';
import { StatusHandler } from './backup/status.handler.js';
import { CheckHandler } from './configurations/check.handler.js';
import { ConfigurationHandler } from './configurations/configuration.handler.js';
import { DeliveryHandler } from './configurations/delivery.handler.js';
import { ForeignHandler } from './configurations/foreign.handler.js';
import { PlaceHandler } from './configurations/place.handler.js';
import { ProviderHandler } from './configurations/provider.handler.js';
import { TargetHandler } from './configurations/target.handler.js';
import { ConsortiumHandler } from './consortia/consortium.handler.js';
import { EnvironmentHandler } from './environments/environment.handler.js';
import { EventHandler } from './events/event.handler.js';
import { Situations } from './findings/situations.js';
import { GenesisHandler } from './genesis/genesis.handler.js';
import type { Kit } from './kit.js';
import { KeyHandler } from './memberships/key.handler.js';
import { MembershipHandler } from './memberships/membership.handler.js';
import { NodeHandler } from './nodes/node.handler.js';
import { ProbeHandler } from './nodes/probe.handler.js';
import { HealthHandler } from './operations/health.handler.js';
import { RebuildHandler } from './operations/rebuild.handler.js';

/** Every handler over one kit, as providers under its own class. */
export const createHandlers = (kit: Kit): Provider[] => {
  const targets = new TargetHandler(kit);
  const places = new PlaceHandler(kit);
  const configurations = new ConfigurationHandler(kit, {
    targets,
    checks: new CheckHandler(kit),
    foreign: new ForeignHandler(kit),
    places,
  });
  const members = new MembershipHandler(kit, configurations);
  const environments = new EnvironmentHandler(kit, configurations, places);
  const situations = new Situations(kit);
  const handlers = [
    new ConsortiumHandler(kit, { members, environments }),
    members,
    new KeyHandler(kit),
    environments,
    new NodeHandler(kit),
    new ProbeHandler(kit),
    configurations,
    new DeliveryHandler(kit, configurations),
    new ProviderHandler(kit),
    new SettingsHandler(kit),
    new RunHandler(kit),
    new DecideHandler(kit),
    new HistoryHandler(kit),
    new CoverageHandler(kit),
    new StatusHandler(kit, situations),
    new GenesisHandler(kit),
    new EventHandler(kit),
    new HealthHandler(kit, situations),
    new RebuildHandler(kit),
  ];
  return handlers.map((handler) => ({ provide: handler.constructor, useValue: handler }) as Provider);
};
