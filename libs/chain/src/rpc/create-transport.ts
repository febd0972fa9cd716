import { endpointKind, type NodeEndpoint } from '../endpoint.js';
import { HttpTransport } from './http.transport.js';
import { IpcTransport } from './ipc.transport.js';
import type { NodeLabel } from './node-identity.js';
import type { RpcTransport } from './rpc-transport.js';
import { SteadyTransport } from './steady.transport.js';
import { WebSocketTransport } from './websocket.transport.js';

/** The transport an endpoint asks for; nothing is connected yet. Throws `NODE_URL_INVALID`. */
export const createTransport = (
  endpoint: NodeEndpoint,
  label: NodeLabel,
  connections: number,
): RpcTransport => new SteadyTransport(carrierOf(endpoint, label, connections), label, connections);

const carrierOf = (endpoint: NodeEndpoint, label: NodeLabel, connections: number): RpcTransport => {
  switch (endpointKind(endpoint)) {
    case 'http':
      return new HttpTransport(endpoint, label, connections);
    case 'websocket':
      return new WebSocketTransport(endpoint, label, connections);
    case 'ipc':
      return new IpcTransport(endpoint, label, connections);
  }
};
