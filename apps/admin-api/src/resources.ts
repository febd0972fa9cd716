import type { ConsortiumState, LiveEnvironment, MemberState, NodeDescription } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import type { ServicePorts } from '#libs/services';
import { seesConsortium } from './access.js';
import type { Caller } from './edge/request.js';

export type LiveConsortium = Exclude<ConsortiumState, { status: 'absent' }>;
export type LiveMember = Exclude<MemberState, { status: 'absent' }>;
export type Found<State> = Readonly<{ state: State; revision: bigint | 'no_stream' }>;

/** Where in the API an environment is. */
export type EnvironmentPath = Readonly<{ c: string; e: string }>;
export type NodePath = EnvironmentPath & Readonly<{ id: string }>;

export const notFound = (kind: string, id: string): CodedError =>
  new CodedError('RESOURCE_NOT_FOUND', `There is no ${kind} ${id}.`, { context: { id } });

/** Finds what a path names: unknown, deleted, elsewhere and another consortium's are all RESOURCE_NOT_FOUND. */
export class Resources {
  constructor(private readonly ports: Pick<ServicePorts, 'streams'>) {}

  async consortium(caller: Caller, id: string): Promise<Found<LiveConsortium>> {
    if (!seesConsortium(caller, id)) throw notFound('consortium', id);
    const { state, revision } = await this.ports.streams.consortia.load(id);
    if (state.status !== 'live') throw notFound('consortium', id);
    return { state, revision };
  }

  async member(caller: Caller, c: string, id: string): Promise<Found<LiveMember>> {
    await this.consortium(caller, c);
    const { state, revision } = await this.ports.streams.members.load(id);
    if (state.status !== 'live' || state.consortiumId !== c) throw notFound('membership', id);
    return { state, revision };
  }

  async environment(caller: Caller, { c, e }: EnvironmentPath): Promise<Found<LiveEnvironment>> {
    await this.consortium(caller, c);
    const { state, revision } = await this.ports.streams.environments.load(e);
    if (state.status !== 'live' || state.consortiumId !== c) throw notFound('environment', e);
    return { state, revision };
  }

  async node(
    caller: Caller,
    path: NodePath,
  ): Promise<Found<LiveEnvironment> & Readonly<{ node: NodeDescription }>> {
    const found = await this.environment(caller, path);
    const node = found.state.nodes.get(path.id);
    if (node === undefined) throw notFound('node', path.id);
    return { ...found, node };
  }
}
