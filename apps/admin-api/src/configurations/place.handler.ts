import type { LiveTarget } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { openTarget, takeOverPlace } from '#libs/services';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';

/** Requests about a target's location: an audit, a takeover. */
export class PlaceHandler {
  constructor(
    private readonly kit: Pick<Kit, 'commands' | 'installation' | 'objects' | 'streams' | 'vault'>,
  ) {}

  async heal({ targetId }: LiveTarget, readBack: boolean, caller: Caller): Promise<void> {
    const { commands, streams } = this.kit;
    const command = { type: 'RequestHeal', readBack, at: commands.now() } as const;
    await commands.give(streams.targets, targetId, command, caller);
  }

  /** Raises the epoch of the marker there; earlier writers are refused from then on. */
  async takeOver(target: LiveTarget, caller: Caller): Promise<void> {
    const { commands, installation, streams } = this.kit;
    const { targetId, environmentId, destination } = target;
    const { state: backup } = await streams.backups.load(environmentId);
    if (backup.genesisHash === undefined) {
      throw new CodedError(
        'INPUT_INVALID',
        'Nothing has been backed up yet. Take the location over after the first backup.',
      );
    }
    const { genesisHash } = backup;
    const store = await openTarget(target, this.kit);
    const epoch = await takeOverPlace(store, {
      environmentId,
      installation: installation,
      genesisHash,
    });
    const command = { type: 'TakeOverPlace', destination, epoch, at: commands.now() } as const;
    await commands.give(streams.targets, targetId, command, caller);
  }
}
