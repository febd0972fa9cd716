import { plainNumber } from '#libs/kernel';
import { ordinalKey } from '#libs/projections';
import type { LiveTarget } from '#libs/domain';
import type { CoverageAnswer, FileAnswer } from '../answers/backup.answers.js';
import { visibleTargets } from '../configurations/visible-targets.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import { notFound, type EnvironmentPath } from '../resources.js';

const NONE = -1;

const toTarget = (target: LiveTarget): CoverageAnswer['targets'][number] => ({
  _id: target.targetId,
  name: target.name,
  membership_id: target.membershipId,
  enabled: target.enabled,
  delivered_through: target.deliveredThrough,
  verified_through: target.auditedThrough ?? NONE,
  failed: [
    ...target.faults.map(({ ordinal }) => ordinal),
    ...(target.failure || target.suspension ? [target.deliveredThrough + 1] : []),
  ],
});

/** What covers the chain: files in the managed bucket and on every target, small enough for 10,000 files. */
export class CoverageHandler {
  constructor(
    private readonly kit: Pick<Kit, 'commands' | 'histories' | 'reads' | 'resources' | 'streams'>,
  ) {}

  async get(path: EnvironmentPath, caller: Caller): Promise<CoverageAnswer> {
    const { histories, resources, streams } = this.kit;
    await resources.environment(caller, path);
    const { state } = await streams.backups.load(path.e);
    const { entries } = await histories.read(path.e);
    return {
      head_block: state.head === undefined ? null : plainNumber(state.head),
      files: entries.map(({ ordinal, file, start, end, canonical }) => ({
        ordinal,
        file,
        start_block: plainNumber(start),
        end_block: plainNumber(end),
        canonical_chain: canonical,
      })),
      targets: (await visibleTargets(this.kit, path.e, caller)).map(toTarget),
    };
  }

  /** One file with everything that is known of it. */
  async file({ e, ...path }: EnvironmentPath, ordinal: number, caller: Caller): Promise<FileAnswer> {
    const { commands, reads, resources } = this.kit;
    await resources.environment(caller, { e, ...path });
    await reads.reaches('history', commands.last);
    const found = await reads.get('history', 'segment', `${e}/${ordinalKey(ordinal)}`);
    if (found === undefined) throw notFound('file', String(ordinal));
    return found;
  }
}
