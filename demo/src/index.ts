/**
 * demo owns the network of `npm start`: four Clique validators and a monitor with real sealed blocks, real
 * transactions and JSON-RPC on the loopback interface, its registration, and a control port to make its nodes lag, stall, fork and fall silent.
 * It does not own anything of a backup, takes no transactions, speaks no devp2p, and its keys are public: never use it for
 * anything else. It is the only place that knows @ethereumjs, and is loaded only when the demo runs.
 *
 * Under its home: `chain.rlp` (what `geth import` reads, after `geth init genesis.json`), `state.json` (the accounts after a
 * recent block), `ports.json`, and while forked `side.rlp` with `fork-state.json`. Memory holds 48 bytes a block, and the trie
 * nodes of at most 64 blocks a branch.
 */
export { startDemo, type Demo } from './demo.js';
export type { DemoNodeId } from './network/accounts.js';
export {
  startDemoNetwork,
  type DemoNetwork,
  type DemoNetworkOptions,
  type DemoNode,
  type DemoNodeControl,
} from './network/demo-network.js';
export type { DemoGenesis } from './network/genesis.js';
export type { NodeRole } from './network/node-view.js';
