import type { LiveTarget } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { openTarget, takeOverPlace } from '#libs/services';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';

/** What is asked for at the place of a target: a comparison with the ledger, a takeover. */
export class PlaceHandler {
  constructor(private readonly kit: Kit) {}

  async heal({ targetId }: LiveTarget, readBack: boolean, caller: Caller): Promise<void> {
    const { commands, ports } = this.kit;
    const command = { type: 'RequestHeal', readBack, at: commands.now() } as const;
    await commands.give(ports.streams.targets, targetId, command, caller);
  }

  /** Raises the epoch of the marker there: whoever wrote before is refused from then on. */
  async takeOver(target: LiveTarget, caller: Caller): Promise<void> {
    const { commands, ports } = this.kit;
    const { targetId, environmentId, destination } = target;
    const { state: backup } = await ports.streams.backups.load(environmentId);
    if (backup.genesisHash === undefined) {
      throw new CodedError(
        'INPUT_INVALID',
        'Nothing has been backed up yet. Take the location over after the first backup.',
      );
    }
    const { genesisHash } = backup;
    const store = await openTarget(target, ports);
    const epoch = await takeOverPlace(store, {
      environmentId,
      installation: ports.installation,
      genesisHash,
    });
    const command = { type: 'TakeOverPlace', destination, epoch, at: commands.now() } as const;
    await commands.give(ports.streams.targets, targetId, command, caller);
  }
}
