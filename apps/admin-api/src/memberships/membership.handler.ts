import { memberScope } from '#libs/event-store';
import { hasCode } from '#libs/kernel';
import type { MembershipAnswer } from '../answers/network.answers.js';
import { requireOperator } from '../access.js';
import { unconditional } from '../commands.js';
import type { ConfigurationHandler } from '../configurations/configuration.handler.js';
import type { Caller } from '../edge/request.js';
import { Tagged } from '../edge/tagged.interceptor.js';
import type { Kit } from '../kit.js';
import { chosenId, defined } from '../schemas.js';
import { toMembership, type MembershipBody, type MembershipChanges } from './membership.mapping.js';

/** Members of a consortium. */
export class MembershipHandler {
  constructor(
    private readonly kit: Pick<Kit, 'commands' | 'reads' | 'resources' | 'streams' | 'vault'>,
    private readonly configurations: ConfigurationHandler,
  ) {}

  async create(c: string, body: MembershipBody, caller: Caller): Promise<Tagged<MembershipAnswer>> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    await resources.consortium(caller, c);
    const memberId = commands.newId('membership', chosenId(body), caller);
    const description = defined({ orgName: body.org_name, verificationProof: body.verification_proof });
    const at = commands.now();
    const command = { type: 'RegisterMember', memberId, consortiumId: c, description, at } as const;
    try {
      await commands.give(streams.members, memberId, command, caller);
    } catch (error) {
      if (caller.idempotencyKey === undefined || !hasCode(error, 'RESOURCE_EXISTS')) throw error;
    }
    return this.get(c, memberId, caller);
  }

  async get(c: string, id: string, caller: Caller): Promise<Tagged<MembershipAnswer>> {
    const { state, revision } = await this.kit.resources.member(caller, c, id);
    return new Tagged(toMembership(state, caller), revision);
  }

  async list(c: string, caller: Caller): Promise<readonly MembershipAnswer[]> {
    const { commands, reads, resources, streams } = this.kit;
    await resources.consortium(caller, c);
    await commands.listed();
    const rows = await reads.list('catalogue', 'member', { parent: c });
    const found = [];
    for (const { memberId, removed } of rows) {
      const { state } = await streams.members.load(memberId);
      if (!removed && state.status === 'live') found.push(toMembership(state, caller));
    }
    return found;
  }

  async change(
    c: string,
    id: string,
    body: MembershipChanges,
    caller: Caller,
  ): Promise<Tagged<MembershipAnswer>> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    const { state } = await resources.member(caller, c, id);
    const description = defined({
      orgName: body.org_name ?? state.orgName,
      verificationProof: body.verification_proof ?? state.verificationProof,
    });
    const command = { type: 'ChangeMember', description, at: commands.now() } as const;
    await commands.give(streams.members, id, command, caller);
    return this.get(c, id, caller);
  }

  /** Revokes its keys, stops its deliveries and erases its secrets; files and validators stay. */
  async remove(c: string, id: string, caller: Caller): Promise<MembershipAnswer> {
    requireOperator(caller);
    const { commands, reads, resources, streams, vault } = this.kit;
    const { state } = await resources.member(caller, c, id);
    await commands.listed();
    const all = await reads.list('catalogue', 'configuration');
    const then = unconditional(caller);
    for (const { configurationId, environmentId, membershipId, removed } of all) {
      if (removed || membershipId !== id) continue;
      await this.configurations.remove({ c, e: environmentId, id: configurationId }, then);
    }
    const command = { type: 'RemoveMember', at: commands.now() } as const;
    await commands.give(streams.members, id, command, caller);
    await vault.eraseScope(memberScope(id));
    return toMembership({ ...state, status: 'removed', removedAt: command.at }, caller);
  }
}
