import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { NodeControllerSpec } from '#libs/chain';
import { eventually } from '../checks/eventually.js';
import { ControlledClient } from '../programs/controlled-client.js';
import type { BftClient, BftHome } from './bft-clients.js';
import { bftGenesis, type BftConsensus } from './bft-genesis.js';
import { freePorts } from './free-ports.js';
import { identityOf } from './geth-accounts.js';

export const VALIDATORS = ['v1', 'v2', 'v3', 'v4'] as const;
export const MONITOR = 'monitor';

const PATIENCE_MS = 240_000;
const run = promisify(execFile);

/** A real network of four validators and a monitor that only follows, on 127.0.0.1. */
export class BftNetwork {
  private readonly homes = new Map<string, BftHome>();
  private readonly running = new Map<string, ChildProcess>();
  private readonly onExit = (): void => {
    for (const child of this.running.values()) child.kill('SIGKILL');
  };

  private constructor(
    private readonly client: BftClient,
    private readonly folder: string,
    readonly genesis: object,
  ) {
    process.once('exit', this.onExit);
  }

  /** Makes the genesis, the keys and who dials whom, and starts all; blocks are made when it resolves. */
  static async start(client: BftClient, consensus: BftConsensus): Promise<BftNetwork> {
    const folder = await mkdtemp(join(tmpdir(), 'bft-'));
    const network = new BftNetwork(client, folder, bftGenesis(consensus, VALIDATORS, client.config));
    try {
      for (const name of [...VALIDATORS, MONITOR]) await network.add(name);
      await Promise.all([...VALIDATORS, MONITOR].map((name) => network.startNode(name)));
      await network.untilHeight(MONITOR, 2);
      return network;
    } catch (error) {
      await network.stop();
      throw error;
    }
  }

  /** A further node, not started: a data directory with block 0. */
  async add(name: string): Promise<void> {
    const [httpPort = 0, p2pPort = 0] = await freePorts(2);
    const home = { folder: join(this.folder, name), httpPort, p2pPort, seals: name.startsWith('v') };
    this.homes.set(name, home);
    await mkdir(join(home.folder, 'data'), { recursive: true });
    await writeFile(join(home.folder, 'nodekey'), identityOf(name).nodeKey);
    await writeFile(join(home.folder, 'genesis.json'), JSON.stringify(this.genesis));
    const init = this.client.init(home);
    if (init) await this.command(init);
  }

  url(name: string): string {
    return `http://127.0.0.1:${this.home(name).httpPort}`;
  }

  /** Runs `action` while a node answers without a peer: the others dial a port at which nobody listens. */
  async isolated(name: string, action: () => Promise<void>): Promise<void> {
    const home = this.home(name);
    const [p2pPort = 0] = await freePorts(1);
    await this.end(name);
    this.homes.set(name, { ...home, p2pPort });
    await this.startNode(name, []);
    try {
      await action();
    } finally {
      await this.end(name);
      this.homes.set(name, home);
    }
    await this.startNode(name);
  }

  /** Starts a node that dials `peers`: all others unless told. */
  async startNode(
    name: string,
    peers: readonly string[] = [...this.homes.keys()].filter((other) => other !== name),
  ): Promise<void> {
    const home = this.home(name);
    const enodes = peers.map(
      (other) => `enode://${identityOf(other).publicKey}@127.0.0.1:${this.home(other).p2pPort}`,
    );
    // One client looks beside its data, the other in it.
    for (const folder of [home.folder, join(home.folder, 'data')])
      await writeFile(join(folder, 'static-nodes.json'), JSON.stringify(enodes));
    const [program = '', ...args] = this.client.run(home);
    const log = openSync(this.logOf(name), 'a');
    const child = spawn(program, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.running.set(name, child);
    await eventually(`${name} answers`, PATIENCE_MS, async () => {
      if (child.exitCode === null && child.signalCode === null) return (await this.height(name)) >= 0;
      return true;
    });
    if (child.exitCode !== null) throw new Error(`${name} ended:\n${await this.logTail(name)}`);
  }

  /** Ends a node: in order with SIGINT, or with -9. */
  async end(name: string, signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const child = this.running.get(name);
    this.running.delete(name);
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async block(name: string, number: number | 'latest'): Promise<Readonly<{ number: string; hash: string }>> {
    const at = number === 'latest' ? number : `0x${number.toString(16)}`;
    const response = await fetch(this.url(name), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: [at, false] }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { result } = (await response.json()) as { result?: { number: string; hash: string } };
    if (!result) throw new Error(`${name} has no block ${number}.`);
    return result;
  }

  async height(name: string): Promise<number> {
    return Number((await this.block(name, 'latest')).number);
  }

  async untilHeight(name: string, height: number): Promise<void> {
    await eventually(
      `${name} reaches ${height}`,
      PATIENCE_MS,
      async () => (await this.height(name)) >= height,
    );
  }

  /** The client's own export of a range, which stops the node and starts it again. */
  async exported(name: string, first: number, last: number): Promise<Buffer> {
    const file = join(this.folder, `${name}-${first}-${last}.rlp`);
    await this.end(name);
    const end = this.client.lastOf(last);
    await this.command(this.client.export(this.home(name), file, String(first), String(end)));
    await this.startNode(name);
    return readFile(file);
  }

  /** Runs `action` while a node is halted, exported and started by commands alone, as an operator's would. */
  async controlled(name: string, action: (controller: NodeControllerSpec) => Promise<void>): Promise<void> {
    const home = this.home(name);
    await this.end(name);
    const node = await ControlledClient.create(home.folder, this.client.run(home));
    try {
      await node.start();
      await eventually(`${name} answers`, PATIENCE_MS, async () => (await this.height(name)) >= 0);
      const argv = this.client.export(home, '{file}', '{first}', '{last}');
      await action({ kind: 'command', halt: node.haltArgv, start: node.startArgv, export: argv });
    } finally {
      await node.stop();
    }
    await this.startNode(name);
  }

  /** Imports block files into a new node; resolves to its head. */
  async imported(
    name: string,
    files: readonly Uint8Array[],
  ): Promise<Readonly<{ number: string; hash: string }>> {
    const file = join(this.folder, `${name}.rlp`);
    await writeFile(file, Buffer.concat(files));
    await this.add(name);
    await this.command(this.client.import(this.home(name), file));
    // It has no peers: it holds only what was imported.
    const others = new Map(this.homes);
    for (const other of others.keys()) if (other !== name) this.homes.delete(other);
    await this.startNode(name);
    for (const [other, home] of others) this.homes.set(other, home);
    return this.block(name, 'latest');
  }

  async stop(): Promise<void> {
    process.removeListener('exit', this.onExit);
    await Promise.all([...this.running.keys()].map((name) => this.end(name, 'SIGKILL')));
    await rm(this.folder, { recursive: true, force: true });
  }

  private home(name: string): BftHome {
    const home = this.homes.get(name);
    if (!home) throw new Error(`There is no node ${name}.`);
    return home;
  }

  private logOf(name: string): string {
    return join(this.home(name).folder, 'log');
  }

  private async logTail(name: string): Promise<string> {
    return (await readFile(this.logOf(name), 'utf8')).split('\n').slice(-20).join('\n');
  }

  private async command([program = '', ...args]: readonly string[]): Promise<void> {
    await run(program, args, { maxBuffer: 64 << 20 });
  }
}
