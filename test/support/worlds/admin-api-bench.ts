import { expect } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandNodeControllers } from '#libs/chain/adapters/command.node-controllers';
import { RpcChainNodes } from '#libs/chain/adapters/rpc.chain-nodes';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { MemoryReadModelStore } from '#libs/event-store/adapters/memory.read-model-store';
import { MemoryVault } from '#libs/event-store/adapters/memory.vault';
import { OwnsAll } from '#libs/messaging';
import type { LocalPlaces } from '#libs/object-store';
import { ProviderObjectStores } from '#libs/object-store/adapters/provider.object-stores';
import { SystemClock } from '#libs/runtime';
import { createServicePorts, ensureOperatorKey, type ServicePorts } from '#libs/services';
import { AdminApiModule, configureAdminApi } from '../../../apps/admin-api/src/index.js';
import { HistoryProjectorModule } from '../../../apps/history-projector/src/index.js';
import { MemoryLog } from '../../../libs/runtime/src/testing.js';
import { expectDocumented } from '../checks/documented-answers.js';

@Module({})
class Root {
  static over(...imports: DynamicModule[]): DynamicModule {
    return { module: Root, imports };
  }
}

export type Answer = Readonly<{
  status: number;
  headers: Headers;
  // Whatever JSON came: the expectations of a test are what checks it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
  text: string;
}>;

/** Path of the environment that `prepare` makes. */
export const E = '/consortia/acme/environments/prod';

/** The answer is a problem with this code, in the form all have. */
export const expectProblem = ({ status, headers, body }: Answer, code: string, expected: number): void => {
  const problem = body as Record<string, unknown>;
  expect({ status, code: problem['code'] }).toEqual({ status: expected, code });
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(problem).toMatchObject({ status: expected, detail: expect.any(String), hint: expect.any(String) });
  expect(problem['correlation_id']).toBe(headers.get('x-correlation-id'));
};

type Keys = Readonly<{ adminKey: string; viewerKey: string; otherKey: string }>;

/** Consortium acme with the members bank-a and bank-b, their keys, and the environment prod. */
export const prepare = async (api: AdminApiBench): Promise<Keys> => {
  await api.ask('POST', '/consortia', { _id: 'acme', name: 'Acme' });
  for (const id of ['bank-a', 'bank-b'])
    await api.ask('POST', '/consortia/acme/memberships', { id, org_name: id });
  await api.ask('POST', '/consortia/acme/environments', { id: 'prod', name: 'prod', provider: 'geth' });
  const issue = async (member: string, role: string): Promise<string> => {
    const { body } = await api.ask('POST', `/consortia/acme/memberships/${member}/keys`, {
      role,
      label: role,
    });
    return (body as { key: string }).key;
  };
  return {
    adminKey: await issue('bank-a', 'member_admin'),
    viewerKey: await issue('bank-a', 'member_viewer'),
    otherKey: await issue('bank-b', 'member_admin'),
  };
};

type Parts = Readonly<{
  ports: ServicePorts;
  log: MemoryLog;
  store: MemoryEventStore;
  key: string;
  url: string;
  home: string;
}>;

/** A real Nest application over memory adapters, with the real projections; `project: false` keeps them empty. */
export class AdminApiBench {
  readonly ports: ServicePorts;
  readonly url: string;
  readonly key: string;
  readonly home: string;

  private constructor(
    private readonly parts: Parts,
    private readonly app: INestApplication,
  ) {
    ({ ports: this.ports, url: this.url, key: this.key, home: this.home } = parts);
  }

  static async start({
    open = false,
    project = true,
    local,
  }: { open?: boolean; project?: boolean; local?: LocalPlaces } = {}): Promise<AdminApiBench> {
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
      controllers: new CommandNodeControllers(),
      objects: new ProviderObjectStores(),
      ...(local === undefined ? {} : { local }),
      home,
      staging: join(home, 'staging'),
      installation: 'installation',
      environmentOwnership: new OwnsAll(),
      targetOwnership: new OwnsAll(),
    });
    const key = (await ensureOperatorKey(ports)) ?? '';
    const api = AdminApiModule.register(ports, { open, version: '0.0.0-test', commit: 'test' });
    const projector = project ? [HistoryProjectorModule.register(ports)] : [];
    const app = await NestFactory.create(Root.over(...projector, api), { logger: false });
    configureAdminApi(app);
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    return new AdminApiBench({ ports, log, store, key, url, home }, app);
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
    const sent = Object.entries<string | undefined>(all).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
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
    expectDocumented(method, url, { status: response.status, body: parsed });
    return { status: response.status, headers: response.headers, body: parsed, text };
  }

  /** Everything in the event store and in the log, as text. */
  async everythingWritten(): Promise<string> {
    const events = await this.parts.store.readAll(-1n, 100_000);
    return JSON.stringify([events, this.parts.log.lines], (_key, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.ports.nodes.closeAll();
    await this.parts.store.close();
    await rm(this.home, { recursive: true });
  }
}
