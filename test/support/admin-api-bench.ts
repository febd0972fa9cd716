import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RpcChainNodes } from '#libs/chain/adapters/rpc.chain-nodes';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { MemoryReadModelStore } from '#libs/event-store/adapters/memory.read-model-store';
import { MemoryVault } from '#libs/event-store/adapters/memory.vault';
import { ProviderObjectStores } from '#libs/object-store/adapters/provider.object-stores';
import { createServicePorts, SystemClock, type ServicePorts } from '#libs/platform';
import { AdminApiModule, configureAdminApi, ensureOperatorKey } from '../../apps/admin-api/src/index.js';
import { HistoryProjectorModule } from '../../apps/history-projector/src/index.js';
import { MemoryLog } from '../../libs/platform/src/testing.js';

@Module({})
class Root {
  static over(...imports: DynamicModule[]): DynamicModule {
    return { module: Root, imports };
  }
}

export type Answer = Readonly<{ status: number; headers: Headers; body: any; text: string }>;

/** A real Nest application over memory adapters, with the real projections. */
export class AdminApiBench {
  private constructor(
    readonly ports: ServicePorts,
    readonly log: MemoryLog,
    readonly store: MemoryEventStore,
    readonly key: string,
    readonly url: string,
    readonly home: string,
    private readonly app: INestApplication,
  ) {}

  static async start({ open = false }: { open?: boolean } = {}): Promise<AdminApiBench> {
    const home = await mkdtemp(join(tmpdir(), 'chainkeep-api-'));
    const clock = new SystemClock();
    const log = new MemoryLog();
    const store = new MemoryEventStore();
    const ports = createServicePorts({
      clock,
      log,
      random: Math.random,
      store,
      vault: new MemoryVault(randomBytes(32)),
      readModels: new MemoryReadModelStore(),
      nodes: new RpcChainNodes({ clock }),
      objects: new ProviderObjectStores(),
      home,
    });
    const key = (await ensureOperatorKey(ports)) ?? '';
    const api = AdminApiModule.register(ports, {
      open,
      version: '0.0.0-test',
      rebuildHistory: async () => ({ position: 1n }),
    });
    const app = await NestFactory.create(Root.over(HistoryProjectorModule.register(ports), api), {
      logger: false,
    });
    configureAdminApi(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new AdminApiBench(ports, log, store, key, `http://127.0.0.1:${port}`, home, app);
  }

  /** Sends a request with the operator's key unless told otherwise; `path` is under /api/v1 unless it starts with `//`. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string | undefined> = {},
  ): Promise<Answer> {
    const url = path.startsWith('//') ? `${this.url}${path.slice(1)}` : `${this.url}/api/v1${path}`;
    const all = { authorization: `Bearer ${this.key}`, 'content-type': 'application/json', ...headers };
    const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const response = await fetch(url, {
      method,
      headers: sent,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    return { status: response.status, headers: response.headers, body: parsed, text };
  }

  /** Everything in the event store and in the log, as text. */
  async everythingWritten(): Promise<string> {
    const events = await this.store.readAll(-1n, 100_000);
    return JSON.stringify([events, this.log.lines], (_key, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.ports.nodes.closeAll();
    await this.store.close();
    await rm(this.home, { recursive: true });
  }
}
