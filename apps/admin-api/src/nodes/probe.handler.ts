import { randomUUID } from 'node:crypto';
import { consensusRules, DEFAULT_RULES, type ConsensusRules } from '#libs/archive';
import { normaliseEndpoint, type NodeEndpoint, type ProbeExpectation } from '#libs/chain';
import type { LiveEnvironment, NodeDescription, Provider } from '#libs/domain';
import { CodedError, toCodedError, type Hex } from '#libs/kernel';
import {
  endpointOf,
  genesisRulesOf,
  managedBucketOf,
  openNode,
  startClient,
  type NodeSecrets,
} from '#libs/services';
import type { ProbeAnswer, ProbedNodeAnswer, ResetNodeAnswer } from '../answers/network.answers.js';
import type { FindingAnswer } from '../answers/common.js';
import { requireOperator } from '../access.js';
import type { Caller } from '../edge/request.js';
import { toProvider } from '../environments/environment.mapping.js';
import type { Kit } from '../kit.js';
import type { NodePath } from '../resources.js';
import { newestSeals } from './newest-seals.js';
import { toSecrets, type ProbeBody } from './node.mapping.js';

const PROBE_TIMEOUT_MS = 20_000;
const RESTART_MS = 120_000;

/** Looks at nodes: what `plan` shows, and what a reset does. */
export class ProbeHandler {
  constructor(
    private readonly kit: Pick<
      Kit,
      | 'catalogue'
      | 'clock'
      | 'commands'
      | 'controllers'
      | 'home'
      | 'log'
      | 'nodes'
      | 'objects'
      | 'ownCredentials'
      | 'resources'
      | 'streams'
      | 'vault'
    >,
  ) {}

  async node(path: NodePath, caller: Caller): Promise<ProbedNodeAnswer> {
    requireOperator(caller);
    const { node, state } = await this.kit.resources.node(caller, path);
    const findings = await this.look(node, state);
    return { _id: node.nodeId, ok: findings.every(({ result }) => result !== 'fail'), findings };
  }

  /** A node that is not registered: nothing of it is kept. */
  async description(body: ProbeBody, caller: Caller): Promise<ProbeAnswer> {
    requireOperator(caller);
    const secrets: NodeSecrets = toSecrets(body, {});
    const urls = body.urls ?? {};
    const url = urls['rpc'] ?? urls['wss'] ?? urls['ipc'] ?? '';
    const endpoint = normaliseEndpoint({ url, ...secrets });
    const findings = await this.probe(
      { id: `probe-${randomUUID()}`, endpoint, provider: body.provider ? toProvider(body.provider) : 'geth' },
      {
        chainId: body.chain_id === undefined ? undefined : BigInt(body.chain_id),
        genesisHash: body.genesis_hash?.toLowerCase() as Hex | undefined,
        rules: body.genesis_config === undefined ? DEFAULT_RULES : consensusRules(body.genesis_config),
      },
    );
    return { ok: findings.every(({ result }) => result !== 'fail'), findings };
  }

  /** Restarts the client where a controller can, and looks at it again; without one it only looks, and says so. */
  async reset(path: NodePath, caller: Caller): Promise<ResetNodeAnswer['reset']> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    const { node, state } = await resources.node(caller, path);
    const how = (await this.restart(node, state)) ? 'restarted' : 're-probed';
    const findings = await this.look(node, state);
    const command = { type: 'ResetMonitor', nodeId: path.id, how, at: commands.now() } as const;
    await commands.give(streams.environments, path.e, command, caller);
    return { how, findings };
  }

  /** The controller's watchdog sees to it that the client runs again, also when this process ends in between. */
  private async restart(node: NodeDescription, environment: LiveEnvironment): Promise<boolean> {
    const { clock, controllers, streams } = this.kit;
    if (node.controller === undefined || !controllers.canHalt(node.controller)) return false;
    const { state: backup } = await streams.backups.load(environment.environmentId);
    const isExporting = backup.status === 'exporting' && environment.settings.gather === 'client-export';
    if (backup.halt !== undefined || isExporting) {
      throw new CodedError(
        'MONITOR_HALT_REFUSED',
        'A run is exporting from the client. Reset the monitor when the run is over.',
      );
    }
    const opened = await openNode(node, environment, this.kit);
    const signal = AbortSignal.timeout(RESTART_MS);
    const client = await controllers.command(node.controller).halt({ limitMs: RESTART_MS, signal });
    await startClient({ start: () => client.start(), node: opened, clock });
    return true;
  }

  private async look(node: NodeDescription, environment: LiveEnvironment): Promise<readonly FindingAnswer[]> {
    const { state: backup } = await this.kit.streams.backups.load(environment.environmentId);
    const genesisHash = backup.genesisHash ?? environment.genesis?.genesisHash;
    try {
      const endpoint = await endpointOf(node, this.kit.vault);
      const provider = node.provider ?? environment.provider;
      const managed = await managedBucketOf(environment, this.kit);
      const rules = await genesisRulesOf(environment, managed, this.kit);
      return await this.probe({ id: `probe-${node.nodeId}`, endpoint, provider }, { genesisHash, rules });
    } catch (error) {
      const { message, hint } = toCodedError(error);
      return [{ check: 'reachable', result: 'fail', message, cure: hint }];
    }
  }

  private async probe(
    spec: Readonly<{ id: string; endpoint: NodeEndpoint; provider: Provider }>,
    { rules, ...expected }: Partial<ProbeExpectation> & Readonly<{ rules: ConsensusRules }>,
  ): Promise<readonly FindingAnswer[]> {
    const { clock, nodes } = this.kit;
    const node = nodes.open(spec);
    try {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
      const findings = await node.probe({ nowMs: clock.nowMs(), signal, ...expected });
      const shown = findings.map(({ check, status, detail, cure }) => ({
        check,
        result: status,
        message: detail,
        ...(cure === '' ? {} : { cure }),
      }));
      const isReached = findings.some(({ check, status }) => check === 'reachable' && status !== 'fail');
      return isReached ? [...shown, ...(await newestSeals(node, { rules, signal }))] : shown;
    } finally {
      await node.close();
    }
  }
}
