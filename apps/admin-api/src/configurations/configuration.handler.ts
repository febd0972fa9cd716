import type { LiveTarget } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import type { CheckAnswer, ConfigurationAnswer } from '../answers/configuration.answers.js';
import { requireAdminOf, seesMembersThings } from '../access.js';
import { unconditional } from '../commands.js';
import type { Caller } from '../edge/request.js';
import { Tagged } from '../edge/tagged.interceptor.js';
import type { Kit } from '../kit.js';
import { notFound, type EnvironmentPath, type NodePath } from '../resources.js';
import { chosenId } from '../schemas.js';
import type { CheckHandler } from './check.handler.js';
import {
  BACKUP_TYPE,
  toBackupConfiguration,
  toForeignConfiguration,
  type ConfigurationBody,
  type ConfigurationChanges,
  type ForeignState,
} from './configuration.mapping.js';
import type { ForeignHandler } from './foreign.handler.js';
import type { PlaceHandler } from './place.handler.js';
import type { TargetHandler } from './target.handler.js';

type Configuration = Readonly<{ revision: bigint | 'no_stream' }> &
  (Readonly<{ kind: 'target'; state: LiveTarget }> | Readonly<{ kind: 'foreign'; state: ForeignState }>);

/** Configurations of an environment: backup targets are ours, other types are kept for clients. */
export class ConfigurationHandler {
  constructor(
    private readonly kit: Pick<Kit, 'commands' | 'reads' | 'resources' | 'streams'>,
    private readonly by: Readonly<{
      targets: TargetHandler;
      foreign: ForeignHandler;
      checks: CheckHandler;
      places: PlaceHandler;
    }>,
  ) {}

  async create(
    path: EnvironmentPath,
    body: ConfigurationBody,
    caller: Caller,
  ): Promise<Tagged<ConfigurationAnswer>> {
    const { commands, resources } = this.kit;
    await resources.environment(caller, path);
    const id = commands.newId('configuration', chosenId(body), caller);
    const existing = await this.load(id);
    if (existing !== undefined && caller.idempotencyKey === undefined) {
      throw new CodedError('RESOURCE_EXISTS', `Configuration ${id} exists (IDs are permanent).`);
    }
    if (existing === undefined) {
      const handler = body.type === BACKUP_TYPE ? this.by.targets : this.by.foreign;
      await handler.create(path, id, body, caller);
      if (body.type === BACKUP_TYPE) await this.by.checks.preflight(id, caller);
    }
    return this.get({ ...path, id }, caller);
  }

  async get(path: NodePath, caller: Caller): Promise<Tagged<ConfigurationAnswer>> {
    const found = await this.find(path, caller);
    return new Tagged(await this.show(found), found.revision);
  }

  async list(path: EnvironmentPath, caller: Caller): Promise<readonly ConfigurationAnswer[]> {
    const { commands, reads, resources } = this.kit;
    await resources.environment(caller, path);
    await commands.listed();
    const rows = await reads.list('catalogue', 'configuration', {
      parent: path.e,
    });
    const shown = [];
    for (const { configurationId, removed } of rows) {
      const found = removed ? undefined : await this.load(configurationId);
      if (found?.state.status !== 'live' || !seesMembersThings(caller, found.state.membershipId)) continue;
      shown.push(await this.show(found));
    }
    return shown;
  }

  async change(
    path: NodePath,
    body: ConfigurationChanges,
    caller: Caller,
  ): Promise<Tagged<ConfigurationAnswer>> {
    const found = await this.find(path, caller);
    if (found.kind === 'target') {
      const moved = await this.by.targets.change(path, body, found.state, caller);
      if (moved) await this.by.checks.preflight(path.id, caller);
    } else await this.by.foreign.change(path, body, found.state, caller);
    return this.get(path, caller);
  }

  /** Deliveries stop; no file is deleted. */
  async remove(path: NodePath, caller: Caller): Promise<ConfigurationAnswer> {
    const found = await this.find(path, caller);
    const shown = await this.show(found);
    if (found.kind === 'target') await this.by.targets.remove(path, found.state, caller);
    else await this.by.foreign.remove(path, found.state, caller);
    return { ...shown, state: 'deleted' };
  }

  async test(path: NodePath, caller: Caller): Promise<CheckAnswer> {
    const target = await this.target(path, caller);
    requireAdminOf(caller, target.membershipId);
    return this.by.checks.run(target, caller);
  }

  async heal(path: NodePath, readBack: boolean, caller: Caller): Promise<Tagged<ConfigurationAnswer>> {
    const target = await this.target(path, caller);
    requireAdminOf(caller, target.membershipId);
    await this.by.places.heal(target, readBack, caller);
    return this.get(path, caller);
  }

  /** Forgets a failure or suspension, so that the lane tries at once. */
  async retry(path: NodePath, caller: Caller): Promise<Tagged<ConfigurationAnswer>> {
    const target = await this.target(path, caller);
    requireAdminOf(caller, target.membershipId);
    const { commands, streams } = this.kit;
    const command = { type: 'Resume', at: commands.now() } as const;
    await commands.give(streams.targets, target.targetId, command, caller);
    return this.get(path, caller);
  }

  async takeOver(path: NodePath, caller: Caller): Promise<Tagged<ConfigurationAnswer>> {
    const target = await this.target(path, caller);
    requireAdminOf(caller, target.membershipId);
    await this.by.places.takeOver(target, caller);
    return this.get(path, unconditional(caller));
  }

  /** The live target under this path; RESOURCE_NOT_FOUND for a configuration of another type. */
  async target(path: NodePath, caller: Caller): Promise<LiveTarget> {
    const found = await this.find(path, caller);
    if (found.kind === 'foreign') throw notFound('backup configuration', path.id);
    return found.state;
  }

  private async find(path: NodePath, caller: Caller): Promise<Configuration> {
    await this.kit.resources.environment(caller, path);
    const found = await this.load(path.id);
    const visible =
      found?.state.status === 'live' &&
      found.state.environmentId === path.e &&
      seesMembersThings(caller, found.state.membershipId);
    if (!visible) throw notFound('configuration', path.id);
    return found;
  }

  private async load(id: string): Promise<Configuration | undefined> {
    const { configurations, targets } = this.kit.streams;
    const target = await targets.load(id);
    if (target.state.status !== 'absent')
      return { kind: 'target', state: target.state, revision: target.revision };
    const { state, revision } = await configurations.load(id);
    return state.status === 'absent' ? undefined : { kind: 'foreign', state, revision };
  }

  private async show(found: Configuration): Promise<ConfigurationAnswer> {
    if (found.kind === 'foreign') return toForeignConfiguration(found.state);
    const { state: environment } = await this.kit.streams.environments.load(found.state.environmentId);
    const genesis = environment.status !== 'absent' && environment.genesis !== undefined;
    const secrets = await this.by.targets.secretsOf(found.state);
    const now = this.kit.commands.now();
    return toBackupConfiguration(found.state, { secrets, genesis, now });
  }
}
