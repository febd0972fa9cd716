import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../checks/eventually.js';
import { cliqueGenesis } from './geth-accounts.js';
import { freePorts } from './free-ports.js';
import { GethNode, type Head } from './geth-node.js';
import { pathOfServer } from './real-servers.js';

export const MONITOR = 'monitor';

/** A side that made no progress for this long counts as tied: see `start`. */
const TIE_MS = 15_000;
const TIE_BLOCKS = 4;
const STARTS_MAX = 3;
/** So many blocks are sealed together before a new network is used. */
const FIRST_BLOCKS = 4;

export type GethNetworkOptions = Readonly<{
  /** Nodes `v1`, `v2`, ... that seal; besides them there is always one that follows, `monitor`. */
  signers?: number;
  periodSeconds?: number;
}>;

/**
 * A real Clique network on 127.0.0.1. Whoever is running is connected to its `side` only (all to all at first), which
 * `partition` and `heal` change while the nodes run.
 */
export class GethNetwork {
  private readonly all = new Map<string, GethNode>();
  private readonly sides = new Map<string, string>();
  private readonly onExit = (): void => {
    for (const node of this.all.values()) node.killNow();
  };

  private constructor(
    /** Everything of the network lies here and is removed by `stop`. */
    readonly folder: string,
    readonly genesis: object,
  ) {
    process.once('exit', this.onExit);
  }

  /** Writes the data directories of `v1`.. and `monitor`; nothing runs yet. */
  static async create({ signers = 4, periodSeconds = 1 }: GethNetworkOptions = {}): Promise<GethNetwork> {
    const folder = await mkdtemp(join(tmpdir(), 'ckg-'));
    const network = new GethNetwork(folder, cliqueGenesis(signers, periodSeconds));
    await writeFile(network.genesisFile, JSON.stringify(network.genesis));
    for (let index = 1; index <= signers; index += 1) await network.add(`v${index}`, index);
    await network.add(MONITOR);
    return network;
  }

  /**
   * Creates and starts all of it; it seals together when this resolves. Clique with an even number of signers may stand
   * still for ever when two halves seal different first blocks: then a new network is made.
   */
  static async start(options: GethNetworkOptions = {}): Promise<GethNetwork> {
    for (let attempt = 1; ; attempt += 1) {
      const network = await GethNetwork.create(options);
      try {
        await network.startAll();
        return network;
      } catch (error) {
        await network.stop();
        if (attempt === STARTS_MAX) throw error;
      }
    }
  }

  /** Nobody seals before all are connected. */
  private async startAll(): Promise<void> {
    await Promise.all(this.nodes.map(async (node) => node.start(this.peersOf(node.name))));
    const peers = this.nodes.length - 1;
    await eventually('all nodes are connected', 60_000, async () => {
      const counts = await Promise.all(this.nodes.map(async (node) => node.peerCount()));
      return counts.every((count) => count === peers);
    });
    await Promise.all(this.nodes.map(async (node) => node.seal()));
    await this.untilOneChain(FIRST_BLOCKS, 30_000);
  }

  get genesisFile(): string {
    return join(this.folder, 'genesis.json');
  }

  get nodes(): readonly GethNode[] {
    return [...this.all.values()];
  }

  get monitor(): GethNode {
    return this.node(MONITOR);
  }

  node(name: string): GethNode {
    const node = this.all.get(name);
    if (!node) throw new Error(`There is no node ${name}.`);
    return node;
  }

  /**
   * A further node, not started. `signer` is the index of the account it seals with; the same account may seal on
   * two nodes, as long as they are on different sides.
   */
  async add(name: string, signer?: number, side = 'all'): Promise<GethNode> {
    const [httpPort = 0, p2pPort = 0, authPort = 0] = await freePorts(3);
    const folder = join(this.folder, name);
    await mkdir(folder);
    const node = new GethNode({
      binary: pathOfServer('geth'),
      name,
      folder,
      genesisFile: this.genesisFile,
      httpPort,
      p2pPort,
      authPort,
      ...(signer === undefined ? {} : { signer }),
    });
    this.all.set(name, node);
    this.sides.set(name, side);
    await node.init();
    return node;
  }

  /** Starts a node with the nodes of its side as peers. */
  async startNode(name: string): Promise<GethNode> {
    const node = this.node(name);
    await node.start(this.peersOf(name));
    await node.seal();
    return node;
  }

  /**
   * Cuts the network: nodes of different sides are disconnected and stay so, also when restarted. Nodes that are not
   * named are cut off from all.
   */
  async partition(sides: Readonly<Record<string, readonly string[]>>): Promise<void> {
    for (const name of this.all.keys()) this.sides.set(name, `alone:${name}`);
    for (const [side, names] of Object.entries(sides)) {
      for (const name of names) this.sides.set(name, side);
    }
    await this.wire();
    await eventually('the sides are apart', 20_000, async () => this.wiredAsWanted());
  }

  /** Connects all nodes with each other again. */
  async heal(): Promise<void> {
    for (const name of this.all.keys()) this.sides.set(name, 'all');
    await this.wire();
  }

  /**
   * Cuts the network in two so that both sides hold all but one key and go on sealing: the keys that a side lacks are
   * started a second time there. The monitor is on the left. Needs four signers; `v1`, `v2` are left, `v3`, `v4` right.
   * Resolves to the names of those that seal on each side.
   */
  async fork(): Promise<Readonly<{ left: readonly string[]; right: readonly string[] }>> {
    const left = ['v1', 'v2', 'left-v3'];
    const right = ['v3', 'v4', 'right-v2'];
    await this.partition({ left: [...left, MONITOR], right });
    for (const [name, signer, side] of [
      ['left-v3', 3, 'left'],
      ['right-v2', 2, 'right'],
    ] as const) {
      if (!this.all.has(name)) await this.add(name, signer, side);
      this.sides.set(name, side);
      await this.startNode(name);
    }
    await this.wire();
    return { left, right };
  }

  /** Stops the second holders of keys and connects the rest again. */
  async healFork(): Promise<void> {
    await Promise.all(['left-v3', 'right-v2'].map(async (name) => this.all.get(name)?.stop()));
    await this.heal();
  }

  /**
   * All running nodes have the same block at the height of the lowest head, at least `height`. Halves of equal weight,
   * which stand still for ever in Clique (after `healFork` too), take the chain of the first node.
   */
  async untilOneChain(height: number, timeoutMs: number): Promise<Head> {
    const running = this.nodes.filter(({ running: runs }) => runs);
    const isTied = stillness();
    return eventually(`one chain from ${height} on`, timeoutMs, async () => {
      const heads = await Promise.all(running.map(async (node) => node.head()));
      const number = Math.min(...heads.map((head) => head.number));
      const [first] = running;
      const [chosen] = heads;
      if (isTied(Math.max(...heads.map((head) => head.number))) && first && chosen)
        await this.breakTie(first.name, chosen);
      if (number < height) return undefined;
      const hashes = new Set(await Promise.all(running.map(async (node) => node.hashOf(number))));
      const [hash] = hashes;
      return hashes.size === 1 && hash !== undefined && { number, hash };
    });
  }

  /** Waits until a node has this block. */
  async untilHeight(name: string, height: number, timeoutMs: number): Promise<Head> {
    const isTied = stillness();
    return eventually(`${name} reaches ${height}`, timeoutMs, async () => {
      const head = await this.node(name).head();
      if (isTied(head.number)) await this.breakTie(name, head);
      return head.number >= height && head;
    });
  }

  /** Nodes of a side that hold other blocks of the same height forget theirs and take this node's. */
  private async breakTie(name: string, { number, hash }: Head): Promise<void> {
    for (const peer of this.peersOf(name).filter(({ running }) => running)) {
      const theirs = await peer.head();
      if (theirs.hash === hash || theirs.number < number) continue;
      await peer.rpc('debug_setHead', `0x${Math.max(0, theirs.number - TIE_BLOCKS).toString(16)}`);
    }
  }

  /** Transfers between the accounts, through a signer that has its account unlocked. Resolves to the hashes. */
  async sendTransactions(name: string, count: number): Promise<string[]> {
    const node = this.node(name);
    const hashes: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const transfer = { from: node.address, to: node.address, value: `0x${(index + 1).toString(16)}` };
      hashes.push(await node.rpc<string>('eth_sendTransaction', transfer));
    }
    return hashes;
  }

  /** Imports the files into a fresh node and returns its head; the node is stopped afterwards. */
  async importFresh(name: string, files: readonly string[]): Promise<Head> {
    const node = await this.add(name, undefined, `alone:${name}`);
    await node.importFrom(files);
    await this.startNode(name);
    const head = await node.head();
    await node.stop();
    return head;
  }

  /** Stops every node and removes all files. May be repeated. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(async (node) => node.stop()));
    process.removeListener('exit', this.onExit);
    await rm(this.folder, { recursive: true, force: true });
  }

  private peersOf(name: string): GethNode[] {
    const side = this.sides.get(name);
    return this.nodes.filter((other) => other.name !== name && this.sides.get(other.name) === side);
  }

  /** Tells each running node whom to dial and whom to leave. */
  private async wire(): Promise<void> {
    for (const node of this.nodes.filter(({ running }) => running)) {
      const wanted = this.peersOf(node.name);
      for (const other of this.nodes.filter((candidate) => candidate !== node)) {
        await node.rpc(wanted.includes(other) ? 'admin_addPeer' : 'admin_removePeer', other.enode);
      }
    }
  }

  private async wiredAsWanted(): Promise<boolean> {
    for (const node of this.nodes.filter(({ running }) => running)) {
      const peers = await node.rpc<readonly { enode: string }[]>('admin_peers');
      const keys = peers.map(({ enode }) => keyOf(enode));
      const foreign = this.nodes.filter((other) => !this.peersOf(node.name).includes(other));
      if (foreign.some(({ enode }) => keys.includes(keyOf(enode)))) return false;
    }
    return true;
  }
}

/** Tells whether the heights it is given stood still for `TIE_MS`; then the time begins again. */
const stillness = (): ((height: number) => boolean) => {
  let last = -1;
  let sinceMs = Date.now();
  return (height) => {
    const isStill = height === last && Date.now() - sinceMs > TIE_MS;
    if (height !== last || isStill) sinceMs = Date.now();
    last = height;
    return isStill;
  };
};

const keyOf = (enode: string): string => enode.slice('enode://'.length).split('@')[0] ?? '';
