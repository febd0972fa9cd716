import type { BackupState } from '#libs/domain';
import type { CatalogueEnvironment } from '#libs/projections';
import type { Outage } from '#libs/runtime';
import type { AdminApiOptions } from '../admin-api.options.js';
import { seesConsortium, seesMembersThings } from '../access.js';
import type { ReadyAnswer } from '../answers/operation.answers.js';
import type { Caller } from '../edge/request.js';
import { blocksOf, type Situations } from '../findings/situations.js';
import type { Kit } from '../kit.js';

export type EnvironmentHealth = NonNullable<ReadyAnswer['environments']>[number];
export type TargetHealth = NonNullable<ReadyAnswer['targets']>[number];
export type Health = Readonly<{
  environments: readonly EnvironmentHealth[];
  targets: readonly TargetHealth[];
}>;

/** Whether the process can work, and what needs a human. */
export class HealthHandler {
  constructor(
    private readonly kit: Pick<Kit, 'catalogue' | 'clock' | 'gate' | 'options' | 'storeProblem' | 'streams'>,
    private readonly situations: Situations,
  ) {}

  get options(): AdminApiOptions {
    return this.kit.options;
  }

  /** What keeps the process from working, `undefined` when nothing does. */
  async blocked(): Promise<Outage | undefined> {
    return (await this.kit.gate.blocked()) ?? (await this.kit.storeProblem?.());
  }

  /** Of what the caller may see. */
  async details(caller: Caller): Promise<Health> {
    const environments = (await this.kit.catalogue.environments()).filter(({ consortiumId }) =>
      seesConsortium(caller, consortiumId),
    );
    const targets = (await this.kit.catalogue.targets()).filter(
      ({ consortiumId, membershipId }) =>
        seesConsortium(caller, consortiumId) && seesMembersThings(caller, membershipId),
    );
    return {
      environments: await Promise.all(environments.map((environment) => this.environment(environment))),
      targets: await Promise.all(targets.map(({ configurationId }) => this.target(configurationId))),
    };
  }

  private async environment({ environmentId, enabled }: CatalogueEnvironment): Promise<EnvironmentHealth> {
    const { state: environment } = await this.kit.streams.environments.load(environmentId);
    if (environment.status === 'absent') return gone(environmentId);
    const examined = await this.situations.of(environment, { thorough: false });
    const { backup, findings } = examined;
    const overdue = findings.find(({ code }) => code === 'BACKUP_OVERDUE');
    return {
      environment_id: environmentId,
      enabled,
      in_progress: backup.status !== 'idle',
      ...troubleOf(backup),
      overdue_since: overdue?.since ?? null,
      last_success_at: backup.lastSuccessAt ?? null,
      ...blocksOf(environment, examined),
      lagging: findings.some(({ code }) => code === 'BACKUP_LAGGING'),
      errors: findings.filter(({ severity }) => severity === 'error').length,
      warnings: findings.filter(({ severity }) => severity === 'warning').length,
    };
  }

  private async target(configurationId: string): Promise<TargetHealth> {
    const { state } = await this.kit.streams.targets.load(configurationId);
    if (state.status === 'absent') return missing(configurationId);
    const trouble = state.suspension ?? state.failure;
    return {
      configuration_id: configurationId,
      environment_id: state.environmentId,
      enabled: state.enabled,
      state: state.suspension ? 'suspended' : state.failure ? 'failing' : 'ok',
      code: trouble?.code ?? null,
      delivered_files: state.delivered.files,
    };
  }
}

const troubleOf = ({ lastClosed }: BackupState): Pick<EnvironmentHealth, 'trouble' | 'code'> => {
  const outcome = lastClosed?.outcome;
  return {
    trouble: outcome === 'failed' || outcome === 'disputed' ? outcome : null,
    code: lastClosed?.code ?? null,
  };
};

/** The catalogue names a target whose stream is gone: shown, not hidden. */
const missing = (configurationId: string): TargetHealth => ({
  configuration_id: configurationId,
  environment_id: '',
  enabled: false,
  state: 'failing',
  code: 'RESOURCE_NOT_FOUND',
  delivered_files: 0,
});

/** The catalogue names an environment whose stream is gone. */
const gone = (environmentId: string): EnvironmentHealth => ({
  environment_id: environmentId,
  enabled: false,
  in_progress: false,
  trouble: 'failed',
  code: 'RESOURCE_NOT_FOUND',
  overdue_since: null,
  last_success_at: null,
  protected_block: null,
  head_block: null,
  lag_blocks: null,
  lagging: false,
  errors: 1,
  warnings: 0,
});
