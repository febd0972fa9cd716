import type { CatalogueEnvironment } from '#libs/projections';
import { plainNumber } from '#libs/kernel';
import { blockedByStore } from '#libs/services';
import type { AdminApiOptions } from '../admin-api.options.js';
import { seesConsortium, seesMembersThings } from '../access.js';
import type { ReadyAnswer } from '../answers/operation.answers.js';
import type { Caller } from '../edge/request.js';
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
    private readonly kit: Pick<Kit, 'catalogue' | 'clock' | 'options' | 'readModels' | 'store' | 'streams'>,
  ) {}

  get options(): AdminApiOptions {
    return this.kit.options;
  }

  /** The code of what keeps the process from working, `undefined` when nothing does. */
  blocked(): Promise<string | undefined> {
    return blockedByStore(this.kit);
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
    const { state } = await this.kit.streams.backups.load(environmentId);
    const { lastClosed, tip, head } = state;
    const outcome = lastClosed?.outcome;
    return {
      environment_id: environmentId,
      enabled,
      in_progress: state.status !== 'idle',
      trouble: outcome === 'failed' || outcome === 'disputed' ? outcome : null,
      code: lastClosed?.code ?? null,
      overdue_since: state.overdueSince ?? null,
      last_success_at: state.lastSuccessAt ?? null,
      protected_block: tip === undefined ? null : plainNumber(tip.number),
      head_block: head === undefined ? null : plainNumber(head),
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

/** The catalogue names a target whose stream is gone: shown, not hidden. */
const missing = (configurationId: string): TargetHealth => ({
  configuration_id: configurationId,
  environment_id: '',
  enabled: false,
  state: 'failing',
  code: 'RESOURCE_NOT_FOUND',
  delivered_files: 0,
});
