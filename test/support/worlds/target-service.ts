import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { NO_LOCAL_PLACES } from '#libs/object-store';
import { createLog } from '#libs/runtime';
import { startStandalone, type Standalone } from '../../../apps/standalone/src/start-standalone.js';
import { readStandaloneConfig } from '../../../apps/standalone/src/standalone.config.js';
import type { StandaloneAdapters } from '#libs/composition/standalone.adapters';
import { ScaledClock } from '../simulated/scaled-clock.js';
import {
  startSimulatedNode,
  syntheticChain,
  type SimulatedChain,
  type SimulatedNode,
} from '../simulated/simulated-node.js';

export type Answer = Readonly<{ status: number; body: Record<string, unknown>; text: string }>;
export type Details = Readonly<Record<string, unknown>>;

const ENVIRONMENT = 'consortia/c/environments/e';
const NODES = ['monitor', 'v1', 'v2', 'v3'];
const POLL_MS = 100;

export type TargetServiceOptions = Readonly<{
  /** Blocks of the SIMULATED chain. */
  blocks: number;
  /** Blocks of a file; without it every block is a separate file. */
  segmentBlocks?: number;
  managed?: Details;
  /** How many times as fast as the real one the service's clock runs. */
  clockFactor: number;
  members: readonly string[];
  /** Bytes of data in every block that has a transaction (each second one); none without it. */
  dataBytes?: (block: number) => number;
  decorate?: (adapters: StandaloneAdapters) => StandaloneAdapters;
}>;

const chainOf = ({ dataBytes }: TargetServiceOptions, blocks: number): SimulatedChain =>
  syntheticChain({ blocks, ...(dataBytes === undefined ? {} : { dataBytes }) });

/**
 * The whole standalone service in this process, spoken to over its API, with real stores around it and SIMULATED nodes
 * under it. Everything it logs and answers is kept, for a test to look for what must not be there.
 */
export class TargetService {
  /** Everything that was logged or answered. */
  said = '';

  private constructor(
    readonly home: string,
    private readonly nodes: readonly SimulatedNode[],
    private readonly options: TargetServiceOptions,
    private running: Standalone | undefined,
  ) {}

  static async start(options: TargetServiceOptions): Promise<TargetService> {
    const home = await mkdtemp(join(tmpdir(), 'chainkeep-targets-'));
    const chain = chainOf(options, options.blocks);
    const nodes = await Promise.all(NODES.map((nodeId) => startSimulatedNode({ chain, nodeId })));
    const service = new TargetService(home, nodes, options, undefined);
    try {
      await service.open();
      await service.register();
    } catch (error) {
      await service.remove();
      throw error;
    }
    return service;
  }

  /** Starts it (again) over the same data directory. */
  async open(): Promise<void> {
    const env = { CHAINKEEP_HOME: this.home, CHAINKEEP_PORT: '0' };
    const clock = new ScaledClock(this.options.clockFactor);
    const { decorate = (opened: StandaloneAdapters) => opened } = this.options;
    const output = new Writable({
      write: (line: Buffer, _encoding, done) => {
        this.said += line.toString();
        done();
      },
    });
    this.running = await startStandalone({
      config: readStandaloneConfig([], env),
      log: createLog({ level: 'debug', pretty: false, output }),
      open: true,
      // The tests put directories wherever they like.
      decorate: (embedded) =>
        decorate({ ...embedded, clock, local: { ...NO_LOCAL_PLACES, directoryRoots: [tmpdir()] } }),
    });
  }

  async close(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await running?.stop();
  }

  /** Ends everything and removes the data directory. */
  async remove(): Promise<void> {
    await this.close();
    await Promise.all(this.nodes.map((node) => node.close()));
    await rm(this.home, { recursive: true, force: true });
  }

  get ports(): Standalone['ports'] {
    if (this.running === undefined) throw new Error('The service is not running.');
    return this.running.ports;
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.running?.url ?? ''}/api/v1/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    this.said += text;
    return { status: response.status, text, body: JSON.parse(text || 'null') as Record<string, unknown> };
  }

  /** `ask`, and anything but success is an error. */
  async must(method: string, path: string, body?: unknown): Promise<Answer['body']> {
    const answer = await this.ask(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }

  private async register(): Promise<void> {
    await this.must('POST', 'consortia', { _id: 'c', name: 'Consortium' });
    for (const member of this.options.members) {
      await this.must('POST', 'consortia/c/memberships', { _id: member, org_name: member });
    }
    const { managed, segmentBlocks = 1 } = this.options;
    const environment = { _id: 'e', name: 'Chain', provider: 'geth', ...(managed ? { managed } : {}) };
    await this.must('POST', 'consortia/c/environments', environment);
    for (const [index, { url }] of this.nodes.entries()) {
      const _id = NODES[index];
      const role = index === 0 ? 'monitor' : 'validator';
      await this.must('POST', `${ENVIRONMENT}/nodes`, { _id, name: _id, role, urls: { rpc: url } });
    }
    await this.must('PATCH', `${ENVIRONMENT}/backup`, { enabled: true, segment_blocks: segmentBlocks });
  }

  /** From now on all nodes hold a chain of this number of blocks. */
  grow(blocks: number): void {
    const chain = chainOf(this.options, blocks);
    for (const { rpc } of this.nodes) rpc.chain = chain;
  }

  /** Registers a target of a member. */
  async target(id: string, membership: string, details: Details, enabled = true): Promise<Answer['body']> {
    return this.must('POST', `${ENVIRONMENT}/configurations`, {
      _id: id,
      membership_id: membership,
      type: 'backup',
      details: { ...details, environment_backup_target: enabled },
    });
  }

  async change(id: string, details: Details): Promise<Answer['body']> {
    return this.must('PATCH', `${ENVIRONMENT}/configurations/${id}`, { details });
  }

  async show(id: string): Promise<Answer['body']> {
    return this.must('GET', `${ENVIRONMENT}/configurations/${id}`);
  }

  async requestRun(): Promise<void> {
    await this.must('POST', `${ENVIRONMENT}/backup/runs`);
  }

  async files(): Promise<number> {
    return (await this.ports.histories.read('e')).entries.length;
  }

  /** Is the target complete, its history published, nothing wrong? */
  async isComplete(id: string, files: number): Promise<boolean> {
    const { state } = await this.ports.streams.targets.load(id);
    const history = await this.ports.histories.read('e');
    return (
      state.status === 'live' &&
      state.deliveredThrough === files - 1 &&
      state.published !== undefined &&
      state.published.revision >= history.revision &&
      state.suspension === undefined
    );
  }

  /** Types of the events of a target. */
  async eventsOf(id: string): Promise<string[]> {
    const types: string[] = [];
    for await (const { type } of this.ports.store.readStream(`target-${id}`)) types.push(type);
    return types;
  }

  /** Waits for what a test expects; the error says what was seen last. */
  async until(what: string, isDone: () => Promise<boolean>, timeoutMs = 240_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!(await isDone())) {
      if (Date.now() > end) {
        const seen = await this.ask('GET', `${ENVIRONMENT}/configurations`);
        throw new Error(
          `Not ${what} in time; ${await this.files()} files; targets: ${seen.text.slice(0, 6_000)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** The bytes of every database file of the data directory. */
  async database(): Promise<Buffer> {
    const names = (await readdir(this.home)).filter((name) => name.startsWith('chainkeep.db'));
    return Buffer.concat(await Promise.all(names.map((name) => readFile(join(this.home, name)))));
  }
}
