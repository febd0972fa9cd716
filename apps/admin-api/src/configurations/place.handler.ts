import type { LiveEnvironment, LiveTarget } from '#libs/domain';
import type { SecretRef } from '#libs/event-store';
import { CodedError } from '#libs/kernel';
import {
  asTarget,
  isHeldIn,
  MANAGED,
  managedBucketOf,
  openTarget,
  PlaceRules,
  takeOverPlace,
  type CheckParts,
} from '#libs/services';
import { isOperator } from '../access.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';

/** Requests about a target's location: an audit, a takeover. */
export class PlaceHandler {
  constructor(private readonly kit: Pick<Kit, 'commands'> & CheckParts) {}

  async heal({ targetId }: LiveTarget, readBack: boolean, caller: Caller): Promise<void> {
    const { commands, streams } = this.kit;
    const command = { type: 'RequestHeal', readBack, at: commands.now() } as const;
    await commands.give(streams.targets, targetId, command, caller);
  }

  /**
   * Raises the epoch of the marker there; earlier writers are refused from then on. Never of the managed bucket, and of
   * the place of another target only by an operator.
   */
  async takeOver(target: LiveTarget, caller: Caller): Promise<void> {
    const { commands, installation, streams } = this.kit;
    const { targetId, environmentId, destination } = target;
    const genesisHash = await this.genesisHashOf(environmentId);
    await this.assertFree(target, caller);
    const store = await openTarget(target, this.kit);
    const epoch = await takeOverPlace(store, {
      environmentId,
      installation,
      genesisHash,
      ...asTarget(targetId),
      ...(isOperator(caller) ? {} : { isHeld: isHeldIn(this.kit) }),
    });
    const command = { type: 'TakeOverPlace', destination, epoch, at: commands.now() } as const;
    await commands.give(streams.targets, targetId, command, caller);
  }

  /** The same for the environment's own bucket: an operator's act, after a restore or to undo another's takeover. */
  async takeOverManaged(environment: LiveEnvironment, caller: Caller): Promise<number> {
    const { commands, installation, streams } = this.kit;
    const { environmentId } = environment;
    const genesisHash = await this.genesisHashOf(environmentId);
    const store = await managedBucketOf(environment, this.kit);
    const epoch = await takeOverPlace(store, { environmentId, installation, genesisHash, holder: MANAGED });
    const command = {
      type: 'ChangeEnvironment',
      changes: { managedEpoch: epoch },
      at: commands.now(),
    } as const;
    await commands.give(streams.environments, environmentId, command, caller);
    return epoch;
  }

  private async assertFree(target: LiveTarget, caller: Caller): Promise<void> {
    const { targetId: id, environmentId, provider, details, secretRef } = target;
    const secrets = secretRef === undefined ? {} : await this.kit.vault.get(secretRef as SecretRef);
    const location = { provider, details, secrets, role: 'target' } as const;
    const wanted = { id, environmentId, location };
    await new PlaceRules(this.kit).assertFree(wanted, isOperator(caller) ? 'targets' : undefined);
  }

  private async genesisHashOf(environmentId: string): Promise<string> {
    const { state: backup } = await this.kit.streams.backups.load(environmentId);
    if (backup.genesisHash !== undefined) return backup.genesisHash;
    throw new CodedError(
      'INPUT_INVALID',
      'Nothing has been backed up yet. Take the location over after the first backup.',
    );
  }
}
