import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import type { ServicePorts } from '#libs/services';
import type { AdminApiOptions } from './admin-api.options.js';
import { BackupController } from './backup/backup.controller.js';
import { DecideController } from './backup/decide.controller.js';
import { CoverageController } from './backup/coverage.controller.js';
import { ConfigurationController } from './configurations/configuration.controller.js';
import { ProviderController } from './configurations/provider.controller.js';
import { ConsortiumController } from './consortia/consortium.controller.js';
import { AuthGuard } from './edge/auth.guard.js';
import { BodyPipe } from './edge/body.pipe.js';
import { MemberShares } from './edge/member-shares.js';
import { ProblemFilter } from './edge/problem.filter.js';
import { RateLimiter } from './edge/rate-limiter.js';
import { TaggedInterceptor } from './edge/tagged.interceptor.js';
import { EnvironmentController } from './environments/environment.controller.js';
import { ManagedController } from './environments/managed.controller.js';
import { EventController } from './events/event.controller.js';
import { GenesisController } from './genesis/genesis.controller.js';
import { createHandlers } from './handlers.js';
import { createKit } from './kit.js';
import { MembershipController } from './memberships/membership.controller.js';
import { NodeController } from './nodes/node.controller.js';
import { ProbeController } from './nodes/probe.controller.js';
import { OperationsController } from './operations/operations.controller.js';

/** Token of the options, for `configureAdminApi`. */
export const ADMIN_API_OPTIONS = Symbol('admin-api.options');

@Module({})
export class AdminApiModule {
  /** The admin API over the process's adapters. */
  static register(ports: ServicePorts, options: AdminApiOptions): DynamicModule {
    const kit = createKit(ports, options);
    return {
      module: AdminApiModule,
      controllers: [
        ConsortiumController,
        MembershipController,
        EnvironmentController,
        ManagedController,
        NodeController,
        ProbeController,
        ConfigurationController,
        ProviderController,
        BackupController,
        DecideController,
        CoverageController,
        GenesisController,
        EventController,
        OperationsController,
      ],
      providers: [
        ...createHandlers(kit),
        { provide: ADMIN_API_OPTIONS, useValue: options },
        {
          provide: APP_GUARD,
          useValue: new AuthGuard(kit.keys, options, {
            limiter: new RateLimiter(ports.clock),
            shares: new MemberShares(ports.clock),
            gate: ports.gate,
          }),
        },
        { provide: APP_FILTER, useValue: new ProblemFilter(ports.log) },
        { provide: APP_INTERCEPTOR, useValue: new TaggedInterceptor() },
        { provide: APP_PIPE, useValue: new BodyPipe() },
      ],
    };
  }
}
