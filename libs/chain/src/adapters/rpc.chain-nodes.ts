import { canonicalJson } from '#libs/kernel';

import { ChainNodes, type ChainNode, type NodeSpec } from '../chain-node.js';
import { createChainNode, type ChainNodeDeps } from './rpc.chain-node.js';

/**
 * Keeps one open node per specification. Ids repeat between environments, and a run goes on with the endpoint
 * it began with, so a changed specification is another node.
 */
export class RpcChainNodes extends ChainNodes {
  private readonly deps: ChainNodeDeps;
  private readonly openNodes = new Map<string, ChainNode>();

  constructor(deps: ChainNodeDeps) {
    super();
    this.deps = deps;
  }

  override open(spec: NodeSpec): ChainNode {
    const key = canonicalJson(spec);
    const known = this.openNodes.get(key);
    if (known) return known;
    const node = createChainNode(spec, this.deps);
    this.openNodes.set(key, node);
    return node;
  }

  override async closeAll(): Promise<void> {
    const nodes = [...this.openNodes.values()];
    this.openNodes.clear();
    await Promise.all(nodes.map((node) => node.close()));
  }
}
