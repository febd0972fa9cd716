import { ExpressAdapter } from '@nestjs/platform-express';
import type { HealthServer } from './health-server.js';

/** Nest on a server that listens already: it takes the requests over when the application listens. */
export class JoinedAdapter extends ExpressAdapter {
  constructor(private readonly health: Pick<HealthServer, 'handOver' | 'server'>) {
    super();
  }

  override initHttpServer(): void {
    this.setHttpServer(this.health.server);
  }

  override listen(...args: unknown[]): HealthServer['server'] {
    this.health.handOver(this.getInstance<Parameters<HealthServer['handOver']>[0]>());
    (args.at(-1) as () => void)();
    return this.health.server;
  }
}
