import { hasCode } from '#libs/kernel';
import type { ConsortiumAnswer } from '../answers/network.answers.js';
import { requireOperator, seesConsortium } from '../access.js';
import { unconditional } from '../commands.js';
import type { Caller } from '../edge/request.js';
import { Tagged } from '../edge/tagged.interceptor.js';
import type { EnvironmentHandler } from '../environments/environment.handler.js';
import type { Kit } from '../kit.js';
import type { MembershipHandler } from '../memberships/membership.handler.js';
import { chosenId, defined } from '../schemas.js';
import { toConsortium, type ConsortiumBody, type ConsortiumChanges } from './consortium.mapping.js';

/** Consortia: the roof over members and environments. */
export class ConsortiumHandler {
  constructor(
    private readonly kit: Pick<Kit, 'commands' | 'reads' | 'resources' | 'streams'>,
    private readonly within: Readonly<{ members: MembershipHandler; environments: EnvironmentHandler }>,
  ) {}

  async create(body: ConsortiumBody, caller: Caller): Promise<Tagged<ConsortiumAnswer>> {
    requireOperator(caller);
    const { commands, streams } = this.kit;
    const consortiumId = commands.newId('consortium', chosenId(body), caller);
    const description = defined({ name: body.name, description: body.description });
    const command = { type: 'RegisterConsortium', consortiumId, description, at: commands.now() } as const;
    try {
      await commands.give(streams.consortia, consortiumId, command, caller);
    } catch (error) {
      // The same Idempotency-Key again: what it made is the answer.
      if (caller.idempotencyKey === undefined || !hasCode(error, 'RESOURCE_EXISTS')) throw error;
    }
    return this.get(consortiumId, caller);
  }

  async get(id: string, caller: Caller): Promise<Tagged<ConsortiumAnswer>> {
    const { state, revision } = await this.kit.resources.consortium(caller, id);
    return new Tagged(toConsortium(state), revision);
  }

  async list(caller: Caller): Promise<readonly ConsortiumAnswer[]> {
    const { commands, reads, streams } = this.kit;
    await commands.listed();
    const rows = await reads.list('catalogue', 'consortium');
    const found = [];
    for (const { consortiumId, removed } of rows) {
      if (removed || !seesConsortium(caller, consortiumId)) continue;
      const { state } = await streams.consortia.load(consortiumId);
      if (state.status === 'live') found.push(toConsortium(state));
    }
    return found;
  }

  async change(id: string, body: ConsortiumChanges, caller: Caller): Promise<Tagged<ConsortiumAnswer>> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    const { state } = await resources.consortium(caller, id);
    const description = defined({
      name: body.name ?? state.name,
      description: body.description ?? state.description,
    });
    const command = { type: 'ChangeConsortium', description, at: commands.now() } as const;
    await commands.give(streams.consortia, id, command, caller);
    return this.get(id, caller);
  }

  /** Removes what it holds too: runs and deliveries stop, files stay. */
  async remove(id: string, caller: Caller): Promise<ConsortiumAnswer> {
    requireOperator(caller);
    const { commands, reads, resources, streams } = this.kit;
    const { state } = await resources.consortium(caller, id);
    await commands.listed();
    const under = { parent: id };
    const then = unconditional(caller);
    const environments = await reads.list('catalogue', 'environment', under);
    const members = await reads.list('catalogue', 'member', under);
    for (const { environmentId, removed } of environments) {
      if (!removed) await this.within.environments.remove({ c: id, e: environmentId }, then);
    }
    for (const { memberId, removed } of members) {
      if (!removed) await this.within.members.remove(id, memberId, then);
    }
    const command = { type: 'RemoveConsortium', at: commands.now() } as const;
    await commands.give(streams.consortia, id, command, caller);
    return toConsortium({ ...state, status: 'removed', removedAt: command.at });
  }
}
