import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Common } from '@ethereumjs/common';
import { CodedError, toCodedError } from '#libs/kernel';
import { NODE_IDS, SIGNERS, type DemoNodeId } from './accounts.js';
import type { Branch } from './branch.js';
import { CHAIN_ID, demoCommon, demoGenesis, type DemoGenesis } from './genesis.js';
import { NodeView, type NodeRole } from './node-view.js';
import { adoptSide, ALL_KEYS, healLeftovers, openMain, openSide, removeSide } from './open-chain.js';
import { readPorts, writePorts } from './ports.js';
import { RpcServer } from './rpc-server.js';
import { Sealer } from './sealer.js';
import { writeWhole } from './snapshot.js';

export type DemoNetworkOptions = Readonly<{
  /** The network's own directory, with chain, state and ports. One process at a time. */
  home: string;
  /** Milliseconds between two blocks. */
  periodMs?: number;
  /** Blocks that exist at once on the first start. */
  seedBlocks?: number;
  /** For validator-1 to validator-4 and the monitor; 0 or none: the port of the last start if it is free, else any. */
  ports?: readonly number[];
  log: (message: string) => void;
}>;

/** What can be done to one node. Everything but `heal` is about this node alone. */
export interface DemoNodeControl {
  /** Stays this many blocks behind. */
  lag(blocks: number): void;
  /** Takes no further block, while the others go on. */
  stall(): void;
  /** Accepts connections and never answers. */
  silence(): void;
  /** Breaks every connection. */
  refuse(): void;
  /** Answers again and has all blocks of its side; ends lag, stall, silence and refuse, not a fork. */
  resume(): void;
  /**
   * Cuts this node off together with all others that are forked: from the head on, they follow a second sealed branch. Each
   * side seals with three of the four keys, sharing two (Clique stalls with fewer).
   */
  fork(): Promise<void>;
  /**
   * Ends the fork for the whole network: all nodes follow the side with more total difficulty.
   * @param winner `mine`: this node's side; the other stops sealing at once, and it is awaited until this one is heavier
   */
  heal(winner?: 'heavier' | 'mine'): Promise<void>;
}

export type DemoNode = Readonly<{ id: DemoNodeId; role: NodeRole; url: string }>;

export type DemoNetwork = Readonly<{
  genesis: DemoGenesis;
  chainId: number;
  nodes: readonly DemoNode[];
  /** @throws CodedError `RESOURCE_NOT_FOUND` for an unknown node */
  control(nodeId: string): DemoNodeControl;
  /** Ends with the current block: no timer, socket or open file remains. The home can be started again. */
  stop(): Promise<void>;
}>;

const DEFAULT_PERIOD_MS = 1000;
const DEFAULT_SEED_BLOCKS = 40;

type Running = { main: Branch; side: Branch | undefined };

/** The parts that run, and what one can do to them. */
class Network {
  readonly views: readonly NodeView[];
  servers: readonly RpcServer[] = [];
  private readonly running: Running;
  private readonly sealer: Sealer;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly options: DemoNetworkOptions,
    private readonly common: Common,
    main: Branch,
  ) {
    this.running = { main, side: undefined };
    this.views = NODE_IDS.map((id) => new NodeView(id, main));
    this.sealer = new Sealer(options.periodMs ?? DEFAULT_PERIOD_MS, () => this.branches, options.log);
  }

  async serve(): Promise<void> {
    const { home, ports = [] } = this.options;
    const genesis = demoGenesis();
    const known = await readPorts(home);
    const servers: RpcServer[] = [];
    this.servers = servers;
    for (const [index, node] of this.views.entries()) {
      const site = {
        node,
        common: this.common,
        genesis,
        peerCount: () => this.peersOf(node),
        port: () => servers[index]?.port ?? 0,
      };
      const asked = ports[index] ?? 0;
      const listen = (port: number): Promise<RpcServer> => RpcServer.listen(site, port);
      servers.push(asked > 0 ? await listen(asked) : await listen(known[index] ?? 0).catch(() => listen(0)));
    }
    await writePorts(
      home,
      servers.map(({ port }) => port),
    );
    this.sealer.start();
  }

  control(nodeId: string): DemoNodeControl {
    const index = this.views.findIndex(({ id }) => id === nodeId);
    const [node, server] = [this.views[index], this.servers[index]];
    if (node === undefined || server === undefined) {
      throw new CodedError('RESOURCE_NOT_FOUND', 'The demo network has no such node.', {
        context: { nodeId },
      });
    }
    const reach = (reachability: NodeView['reachability']): void => {
      node.reachability = reachability;
      // Connections kept alive from before must not go on differently from new ones.
      if (reachability === 'refuses') server.dropConnections();
    };
    return {
      lag: (blocks) => {
        node.lag(blocks);
      },
      stall: () => {
        node.stall();
      },
      silence: () => {
        reach('silent');
      },
      refuse: () => {
        reach('refuses');
      },
      resume: () => {
        // Whoever still waits for an answer from the time of silence would wait for ever.
        if (node.reachability === 'silent') server.dropConnections();
        node.resume();
      },
      fork: () => this.sealer.between(() => this.fork(node)),
      heal: (winner = 'heavier') => this.heal(winner === 'mine' ? node : undefined),
    };
  }

  /** Once is enough: a second call awaits the first. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    await this.sealer.stop();
    await Promise.all(this.servers.map((server) => server.close()));
    await this.running.main.saveState();
    await Promise.all(this.branches.map((branch) => branch.close()));
  }

  private get branches(): readonly Branch[] {
    const { main, side } = this.running;
    return side === undefined ? [main] : [main, side];
  }

  private peersOf(node: NodeView): number {
    return this.views.filter(
      (other) => other !== node && other.view === node.view && other.reachability === 'answers',
    ).length;
  }

  private async fork(node: NodeView): Promise<void> {
    const { main } = this.running;
    const own = SIGNERS.find(({ nodeId }) => nodeId === node.id)?.index ?? SIGNERS.length - 1;
    if (this.running.side === undefined) {
      const others = (without: number) => new Set([...ALL_KEYS].filter((key) => key !== without));
      const lent = (own + 1) % SIGNERS.length;
      this.running.side = await openSide(
        { home: this.options.home, common: this.common },
        main,
        others(lent),
      );
      main.holdKeys(others(own));
      this.options.log(`demo network: forked after block ${main.head}`);
    }
    node.follow(this.running.side);
  }

  private async heal(mine: NodeView | undefined): Promise<void> {
    if (mine !== undefined) await this.awaitWeight(mine);
    await this.sealer.between(async () => {
      const { main, side } = this.running;
      this.sealer.only(undefined);
      if (side === undefined) return;
      const { home } = this.options;
      const sideWins = side.totalDifficulty(side.head) > main.totalDifficulty(main.head);
      if (sideWins) {
        await adoptSide(home, main.chainFile, side.chainFile);
        this.running.main = await openMain({ home, common: this.common });
        await this.running.main.saveState();
      }
      this.running.side = undefined;
      this.running.main.holdKeys(ALL_KEYS);
      for (const view of this.views) view.follow(this.running.main);
      await Promise.all([side.close(), sideWins ? main.close() : undefined]);
      await removeSide(home);
      this.options.log(
        `demo network: healed, ${sideWins ? 'the forked side' : 'the main side'} is the chain`,
      );
    });
  }

  /** Lets only the side of this node seal until it is the heavier one. */
  private async awaitWeight(node: NodeView): Promise<void> {
    const heavier = await this.sealer.between(() => {
      const { main, side } = this.running;
      if (side === undefined) return Promise.resolve(() => true);
      const [mine, other] = node.view === side ? [side, main] : [main, side];
      this.sealer.only(mine);
      return Promise.resolve(() => mine.totalDifficulty(mine.head) > other.totalDifficulty(other.head));
    });
    await this.sealer.until(heavier);
  }
}

/**
 * Starts the demo network: four Clique validators and a monitor with real sealed blocks and JSON-RPC on 127.0.0.1. Goes on
 * after the last whole block under `home`; a fork that existed when the process ended is healed first.
 * @throws CodedError `CONFIG_INVALID` (port taken), `NODE_FOREIGN` (home of another chain), `BLOCK_INVALID` (damaged
 * chain), `STORE_UNAVAILABLE`
 */
export const startDemoNetwork = async (options: DemoNetworkOptions): Promise<DemoNetwork> => {
  const { home, seedBlocks = DEFAULT_SEED_BLOCKS, log } = options;
  await mkdir(home, { recursive: true });
  const place = { home, common: demoCommon() };
  await healLeftovers(place);
  const main = await openMain(place);
  if (main.head < seedBlocks) await main.seal(0n, seedBlocks - main.head);
  await main.saveState();
  await removeSide(home);
  await writeWhole(join(home, 'genesis.json'), JSON.stringify(demoGenesis(), undefined, 2));
  const network = new Network(options, place.common, main);
  try {
    await network.serve();
  } catch (error) {
    await network.stop();
    throw toCodedError(error);
  }
  log(`demo network: chain ${CHAIN_ID} at block ${main.head}, all keys are public`);
  return {
    genesis: demoGenesis(),
    chainId: CHAIN_ID,
    nodes: network.views.map(({ id, role }, index) => ({ id, role, url: network.servers[index]?.url ?? '' })),
    control: (nodeId) => network.control(nodeId),
    stop: () => network.stop(),
  };
};
