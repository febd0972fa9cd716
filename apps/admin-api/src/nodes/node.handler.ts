import type { LiveEnvironment, NodeDescription } from '#libs/domain';
import type { SecretRef } from '#libs/event-store';
import { CodedError, hasCode, toEpochMs, toInstant } from '#libs/kernel';
import { openNodeSecrets, sealNodeSecrets, type NodeSecrets } from '#libs/services';
import type { NodeAnswer } from '../answers/network.answers.js';
import { requireOperator } from '../access.js';
import type { Caller } from '../edge/request.js';
import { Tagged } from '../edge/tagged.interceptor.js';
import type { Kit } from '../kit.js';
import type { EnvironmentPath, NodePath } from '../resources.js';
import { chosenId } from '../schemas.js';
import {
  toNode,
  toNodeFields,
  toSecrets,
  type ExcuseBody,
  type NodeBody,
  type NodeChanges,
} from './node.mapping.js';

/** Nodes of an environment. What is secret of their connection is in the vault only. */
export class NodeHandler {
  constructor(
    private readonly kit: Pick<Kit, 'commands' | 'controllers' | 'resources' | 'streams' | 'vault'>,
  ) {}

  async create(path: EnvironmentPath, body: NodeBody, caller: Caller): Promise<Tagged<NodeAnswer>> {
    requireOperator(caller);
    const { commands, resources, vault } = this.kit;
    const { state } = await resources.environment(caller, path);
    const nodeId = commands.newId('node', chosenId(body), caller);
    const known = state.nodes.get(nodeId);
    if (known !== undefined && caller.idempotencyKey === undefined) {
      throw new CodedError('RESOURCE_EXISTS', `Node ${nodeId} exists.`, { context: { nodeId } });
    }
    if (known === undefined) {
      const fields = toNodeFields(body, { nodeId, name: nodeId, role: 'validator' });
      await this.assertMember(path, fields.membershipId, caller);
      this.assertController(body.controller);
      const secrets = toSecrets(body, {});
      const urls = body.urls ?? {};
      const sealed = await sealNodeSecrets(vault, { environmentId: path.e, urls, secrets });
      await this.record('RegisterNode', path, { ...fields, ...sealed }, caller);
    }
    return this.get({ ...path, id: nodeId }, caller);
  }

  async get(path: NodePath, caller: Caller): Promise<Tagged<NodeAnswer>> {
    const { node, state, revision } = await this.kit.resources.node(caller, path);
    return new Tagged(await this.show(node, state), revision);
  }

  async list(path: EnvironmentPath, caller: Caller): Promise<readonly NodeAnswer[]> {
    const { state } = await this.kit.resources.environment(caller, path);
    return Promise.all([...state.nodes.values()].map((node) => this.show(node, state)));
  }

  async change(path: NodePath, body: NodeChanges, caller: Caller): Promise<Tagged<NodeAnswer>> {
    requireOperator(caller);
    const { resources, vault } = this.kit;
    const { node } = await resources.node(caller, path);
    const { secretRef: previousRef, urls: oldUrls, ...before } = node;
    const fields = toNodeFields(body, before);
    if (body.membership_id !== undefined) await this.assertMember(path, body.membership_id, caller);
    this.assertController(body.controller);
    const sealed = await sealNodeSecrets(vault, {
      environmentId: path.e,
      urls: body.urls ?? oldUrls,
      secrets: toSecrets(body, await openNodeSecrets(vault, previousRef)),
      previousRef,
    });
    await this.record('ChangeNode', path, { ...fields, ...sealed }, caller);
    if (previousRef !== undefined && previousRef !== sealed.secretRef) {
      await vault.erase(previousRef as SecretRef);
    }
    return this.get(path, caller);
  }

  async remove(path: NodePath, caller: Caller): Promise<NodeAnswer> {
    requireOperator(caller);
    const { commands, resources, streams, vault } = this.kit;
    const { node, state } = await resources.node(caller, path);
    const shown = await this.show(node, state);
    const command = { type: 'RemoveNode', nodeId: path.id, at: commands.now() } as const;
    await commands.give(streams.environments, path.e, command, caller);
    if (node.secretRef !== undefined) await vault.erase(node.secretRef as SecretRef);
    return { ...shown, state: 'deleted' };
  }

  async excuse(path: NodePath, { until, reason }: ExcuseBody, caller: Caller): Promise<Tagged<NodeAnswer>> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    await resources.node(caller, path);
    const command = {
      type: 'ExcuseValidator',
      nodeId: path.id,
      until: toInstant(toEpochMs(until)),
      reason,
      at: commands.now(),
    } as const;
    await commands.give(streams.environments, path.e, command, caller);
    return this.get(path, caller);
  }

  async endExcuse(path: NodePath, caller: Caller): Promise<Tagged<NodeAnswer>> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    await resources.node(caller, path);
    const command = { type: 'EndExcuse', nodeId: path.id, at: commands.now() } as const;
    await commands.give(streams.environments, path.e, command, caller);
    return this.get(path, caller);
  }

  private async record(
    type: 'RegisterNode' | 'ChangeNode',
    path: EnvironmentPath,
    node: NodeDescription,
    caller: Caller,
  ): Promise<void> {
    const { commands, streams, vault } = this.kit;
    try {
      const command = { type, node, at: commands.now() };
      await commands.give(streams.environments, path.e, command, caller);
    } catch (error) {
      // What was sealed for a node that was not recorded is of no use to anybody.
      const { state } = await streams.environments.load(path.e);
      const recorded = state.status === 'live' ? state.nodes.get(node.nodeId)?.secretRef : undefined;
      if (node.secretRef !== undefined && node.secretRef !== recorded) {
        await vault.erase(node.secretRef as SecretRef);
      }
      throw error;
    }
  }

  private async show(node: NodeDescription, environment: LiveEnvironment): Promise<NodeAnswer> {
    return toNode(node, environment, await this.secretsOf(node), this.kit.commands.now());
  }

  private async secretsOf(node: NodeDescription): Promise<NodeSecrets> {
    try {
      return await openNodeSecrets(this.kit.vault, node.secretRef);
    } catch (error) {
      // Restored from a bucket, or sealed under another key: the node is shown, its secrets have to be entered again.
      if (hasCode(error, 'SECRET_UNREADABLE') || hasCode(error, 'RESOURCE_NOT_FOUND')) return {};
      throw error;
    }
  }

  /** A controller runs programs: the API only names those that the server's local file defines. */
  private assertController(name: string | undefined): void {
    if (name === undefined || this.kit.controllers.has(name)) return;
    throw new CodedError('CONTROLLER_UNKNOWN', `controller: the server has no controller "${name}".`, {
      context: { controller: name },
    });
  }

  private async assertMember({ c }: EnvironmentPath, id: string | undefined, caller: Caller): Promise<void> {
    if (id === undefined) return;
    await this.kit.resources.member(caller, c, id).catch((error: unknown) => {
      if (!hasCode(error, 'RESOURCE_NOT_FOUND')) throw error;
      throw new CodedError('INPUT_INVALID', `membership_id: there is no membership ${id}.`, { cause: error });
    });
  }
}
