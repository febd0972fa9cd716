import { environmentScope, memberScope, type SecretRef, type SecretScope } from '#libs/event-store';
import { requireAdminOf } from '../access.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import type { EnvironmentPath, NodePath } from '../resources.js';
import { defined } from '../schemas.js';
import type { ConfigurationBody, ConfigurationChanges, ForeignState } from './configuration.mapping.js';
import { sealForeign } from './details.js';

const scopeOf = (member: string | undefined, environment: string): SecretScope =>
  member === undefined ? environmentScope(environment) : memberScope(member);

/** Configurations of other types than "backup": kept for clients, with what looks like a secret sealed. */
export class ForeignHandler {
  constructor(private readonly kit: Pick<Kit, 'commands' | 'streams' | 'vault'>) {}

  async create(
    { c, e }: EnvironmentPath,
    configurationId: string,
    body: ConfigurationBody,
    caller: Caller,
  ): Promise<void> {
    const { commands, streams } = this.kit;
    requireAdminOf(caller, body.membership_id);
    const { details, secrets } = sealForeign(body.details, {});
    const secretRef = await this.seal(scopeOf(body.membership_id, e), secrets);
    const { name = configurationId, membership_id: membershipId, type } = body;
    const command = {
      type: 'RegisterConfiguration',
      configurationId,
      consortiumId: c,
      environmentId: e,
      configuration: defined({ name, membershipId, type, details, secretRef }),
      at: commands.now(),
    } as const;
    await commands.give(streams.configurations, configurationId, command, caller);
  }

  async change(
    { e, id }: NodePath,
    body: ConfigurationChanges,
    state: ForeignState,
    caller: Caller,
  ): Promise<void> {
    const { commands, streams, vault } = this.kit;
    requireAdminOf(caller, state.membershipId);
    const membershipId = body.membership_id ?? state.membershipId;
    requireAdminOf(caller, membershipId);
    const old = state.secretRef === undefined ? {} : await vault.get(state.secretRef as SecretRef);
    const { details, secrets } = sealForeign(body.details ?? state.details, old);
    const secretRef = await this.seal(scopeOf(membershipId, e), secrets);
    const { name, type } = state;
    const command = {
      type: 'ChangeConfiguration',
      configuration: defined({ name: body.name ?? name, membershipId, type, details, secretRef }),
      at: commands.now(),
    } as const;
    await commands.give(streams.configurations, id, command, caller);
    if (state.secretRef !== undefined) await vault.erase(state.secretRef as SecretRef);
  }

  async remove({ id }: NodePath, state: ForeignState, caller: Caller): Promise<void> {
    const { commands, streams, vault } = this.kit;
    requireAdminOf(caller, state.membershipId);
    const command = { type: 'RemoveConfiguration', at: commands.now() } as const;
    await commands.give(streams.configurations, id, command, caller);
    if (state.secretRef !== undefined) await vault.erase(state.secretRef as SecretRef);
  }

  private async seal(
    scope: SecretScope,
    secrets: Readonly<Record<string, string>>,
  ): Promise<SecretRef | undefined> {
    return Object.keys(secrets).length === 0 ? undefined : this.kit.vault.put(scope, secrets);
  }
}
