/**
 * chain owns talking to nodes: endpoints and their secrets, transports, JSON-RPC and what a client really does
 * with it, surveys for agreement, raw blocks and their verified gathering; halting and starting a client by commands.
 * It does not own block formats and hashes (archive), who agrees with whom (domain), or files and uploads (exporter).
 */
export {
  ChainNode,
  ChainNodes,
  type AskOptions,
  type ChainProvider,
  type Header,
  type HeaderFinding,
  type NodeIdentity,
  type NodeSpec,
  type ProbeExpectation,
  type NodeCheck,
  type RawBlock,
  type RawBlockOptions,
  type Survey,
} from './chain-node.js';
export { normaliseEndpoint, placeOf, type EndpointAuth, type NodeEndpoint } from './endpoint.js';
export type { GatherDeps, GatherProgress, GatherRequest, GatherSource } from './gather/gather-request.js';
export { gatherSegment, type GatherSummary } from './gather/gather-segment.js';
export type { BlockChunk, BlockSink } from './gather/chunk-writer.js';
export { SegmentCollector, type SegmentTarget } from './gather/segment-collector.js';
export {
  NodeControllers,
  type CommandController,
  type ExportRequest,
  type HaltedClient,
  type NodeControllerSpec,
} from './node-controller.js';
