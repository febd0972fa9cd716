import { genesisKey, parseGenesis } from '#libs/archive';
import type { LiveEnvironment } from '#libs/domain';
import { CodedError, sha256Hex, type Hex } from '#libs/kernel';
import { bodyFromBytes } from '#libs/object-store';
import { openNode, managedBucketOf, readFitting, readGenesis } from '#libs/services';
import type { ProvidedGenesisAnswer } from '../answers/network.answers.js';
import { requireOperator } from '../access.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import { notFound, type EnvironmentPath } from '../resources.js';

const ASK_TIMEOUT_MS = 3_000;

export type GenesisText = Readonly<{ text: string; revision: bigint | 'no_stream' }>;

/** The genesis document: without it a bucket can be verified, but not restored. */
export class GenesisHandler {
  constructor(
    private readonly kit: Pick<
      Kit,
      | 'catalogue'
      | 'commands'
      | 'home'
      | 'log'
      | 'nodes'
      | 'objects'
      | 'ownCredentials'
      | 'resources'
      | 'streams'
      | 'vault'
    >,
  ) {}

  async get(path: EnvironmentPath, caller: Caller): Promise<GenesisText> {
    const { resources } = this.kit;
    const { state, revision } = await resources.environment(caller, path);
    if (state.genesis === undefined) throw notFound('genesis of environment', path.e);
    const store = await managedBucketOf(state, this.kit);
    const bytes = await readGenesis(state, store, this.kit);
    return { text: bytes?.toString('utf8') ?? '', revision };
  }

  /** Durable in the managed bucket before it is recorded. */
  async provide(path: EnvironmentPath, document: unknown, caller: Caller): Promise<ProvidedGenesisAnswer> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    const { state } = await resources.environment(caller, path);
    const block0 = await this.block0Of(state);
    const { genesisHash, chainId } = parseGenesis(document, block0);
    if (block0 !== undefined && block0 !== genesisHash) throw otherChain(genesisHash, block0);
    const key = genesisKey(path.e);
    const body = bodyFromBytes(Buffer.from(`${JSON.stringify(document, null, 2)}\n`));
    const store = await managedBucketOf(state, this.kit);
    if (state.genesis?.sha256 !== body.sha256) await store.put(key, body, 'always');
    const { sha256, bytes } = body;
    const genesis = { sha256, genesisHash, key, bytes };
    const command = { type: 'ProvideGenesis', genesis, at: commands.now() } as const;
    const after = await commands.give(streams.environments, path.e, command, caller);
    // Until it was recorded, a run that looked may have taken it for a damaged one and put the old one back.
    if ((await readFitting(store, { key, fits: (found) => sha256Hex(found) === sha256 })) === undefined)
      await store.put(key, body, 'always');
    const version = after.state.status === 'absent' ? undefined : after.state.genesis?.version;
    const chain = chainId === undefined ? {} : { chain_id: Number(chainId) };
    return { version, genesis_hash: genesisHash, ...chain, sha256, bytes };
  }

  /** The hash of block 0 that the chain has; `undefined` while nobody says it. */
  private async block0Of(environment: LiveEnvironment): Promise<Hex | undefined> {
    const { state } = await this.kit.streams.backups.load(environment.environmentId);
    return state.genesisHash ?? (await this.askMonitor(environment));
  }

  private async askMonitor(environment: LiveEnvironment): Promise<Hex | undefined> {
    const node = [...environment.nodes.values()].find(({ role }) => role === 'monitor');
    if (node === undefined) return undefined;
    try {
      const opened = await openNode(node, environment, this.kit);
      return (await opened.identity({ timeoutMs: ASK_TIMEOUT_MS })).genesisHash;
    } catch {
      // A monitor that is silent just now must not keep the genesis out: the first run compares it again.
      return undefined;
    }
  }
}

const otherChain = (genesisHash: Hex, block0: Hex): CodedError =>
  new CodedError(
    'INPUT_INVALID',
    `This genesis gives block 0 the hash ${genesisHash}, but the chain has ${block0}.`,
    { context: { genesisHash, block0 } },
  );
