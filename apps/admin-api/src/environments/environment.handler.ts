import { recordedBucket, type LiveEnvironment, type ManagedBucket } from '#libs/domain';
import { environmentScope, type SecretRef } from '#libs/event-store';
import { hasCode } from '#libs/kernel';
import type { EnvironmentAnswer, ManagedTakeoverAnswer } from '../answers/network.answers.js';
import { isOperator, requireOperator } from '../access.js';
import { unconditional } from '../commands.js';
import type { ConfigurationHandler } from '../configurations/configuration.handler.js';
import type { PlaceHandler } from '../configurations/place.handler.js';
import type { Caller } from '../edge/request.js';
import { Tagged } from '../edge/tagged.interceptor.js';
import type { Kit } from '../kit.js';
import type { EnvironmentPath } from '../resources.js';
import { chosenId } from '../schemas.js';
import { ManagedHandler } from './managed.handler.js';
import {
  toChanges,
  toDescription,
  toEnvironment,
  type EnvironmentBody,
  type EnvironmentChanges,
} from './environment.mapping.js';

/** The marker of another bucket begins at 1 again. */
const epochOf = (
  { managed, managedEpoch }: LiveEnvironment,
  sealed: Readonly<{ managed?: ManagedBucket }>,
): Readonly<{ managedEpoch?: number }> =>
  managedEpoch === undefined || sealed.managed === undefined || sealed.managed === managed
    ? {}
    : { managedEpoch: 1 };

/** Environments: one chain each. */
export class EnvironmentHandler {
  private readonly managed: ManagedHandler;

  constructor(
    private readonly kit: Pick<
      Kit,
      | 'commands'
      | 'home'
      | 'local'
      | 'objects'
      | 'ownCredentials'
      | 'reads'
      | 'resources'
      | 'streams'
      | 'vault'
    >,
    private readonly configurations: ConfigurationHandler,
    private readonly places: PlaceHandler,
  ) {
    this.managed = new ManagedHandler(kit);
  }

  async create(c: string, body: EnvironmentBody, caller: Caller): Promise<Tagged<EnvironmentAnswer>> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    await resources.consortium(caller, c);
    const environmentId = commands.newId('environment', chosenId(body), caller);
    const command = {
      type: 'RegisterEnvironment',
      environmentId,
      consortiumId: c,
      description: toDescription(body, await this.managed.seal(body.managed, { environmentId })),
      at: commands.now(),
    } as const;
    try {
      await commands.give(streams.environments, environmentId, command, caller);
    } catch (error) {
      if (caller.idempotencyKey === undefined || !hasCode(error, 'RESOURCE_EXISTS')) throw error;
    }
    return this.get({ c, e: environmentId }, caller);
  }

  async get(path: EnvironmentPath, caller: Caller): Promise<Tagged<EnvironmentAnswer>> {
    const { state, revision } = await this.kit.resources.environment(caller, path);
    return new Tagged(await this.show(state, caller), revision);
  }

  async list(c: string, caller: Caller): Promise<readonly EnvironmentAnswer[]> {
    const { commands, reads, resources, streams } = this.kit;
    await resources.consortium(caller, c);
    await commands.listed();
    const rows = await reads.list('catalogue', 'environment', {
      parent: c,
    });
    const found = [];
    for (const { environmentId } of rows) {
      const { state } = await streams.environments.load(environmentId);
      if (state.status === 'live') found.push(await this.show(state, caller));
    }
    return found;
  }

  async change(
    path: EnvironmentPath,
    body: EnvironmentChanges,
    caller: Caller,
  ): Promise<Tagged<EnvironmentAnswer>> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    const { state } = await resources.environment(caller, path);
    const sealed = await this.managed.seal(body.managed, state);
    const command = {
      type: 'ChangeEnvironment',
      changes: { ...toChanges(body, state, sealed), ...epochOf(state, sealed) },
      at: commands.now(),
    } as const;
    const after = await commands.give(streams.environments, path.e, command, caller);
    if (after.state.status !== 'absent') await this.managed.forget(state, after.state);
    return this.get(path, caller);
  }

  /** See `PlaceHandler`; the next run and the next look at the bucket use the new epoch. */
  async takeOverManaged(path: EnvironmentPath, caller: Caller): Promise<ManagedTakeoverAnswer> {
    requireOperator(caller);
    const { state } = await this.kit.resources.environment(caller, path);
    return { epoch: await this.places.takeOverManaged(state, caller) };
  }

  /** Runs and deliveries stop; no file is deleted. */
  async remove(path: EnvironmentPath, caller: Caller): Promise<EnvironmentAnswer> {
    requireOperator(caller);
    const { commands, reads, resources, streams, vault } = this.kit;
    const { state } = await resources.environment(caller, path);
    await commands.listed();
    const under = { parent: path.e };
    const rows = await reads.list('catalogue', 'configuration', under);
    const then = unconditional(caller);
    for (const { configurationId, removed } of rows) {
      if (!removed) await this.configurations.remove({ ...path, id: configurationId }, then);
    }
    const command = { type: 'RemoveEnvironment', at: commands.now() } as const;
    await commands.give(streams.environments, path.e, command, caller);
    await vault.eraseScope(environmentScope(path.e));
    await this.eraseOlder(state);
    return toEnvironment({ ...state, status: 'removed', removedAt: command.at }, { isOperator: true });
  }

  /** Version 0.1 sealed under scopes that a member could have too. */
  private async eraseOlder({ managed, nodes }: LiveEnvironment): Promise<void> {
    const refs = [
      managed && recordedBucket(managed).secretRef,
      ...[...nodes.values()].map((node) => node.secretRef),
    ];
    for (const ref of refs) if (ref !== undefined) await this.kit.vault.erase(ref as SecretRef);
  }

  private async show(state: LiveEnvironment, caller: Caller): Promise<EnvironmentAnswer> {
    if (!isOperator(caller)) return toEnvironment(state);
    const secretNames = await this.managed.secretNames(state);
    return toEnvironment(state, { secretNames, isOperator: true });
  }
}
