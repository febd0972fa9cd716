import type { LiveTarget } from '#libs/domain';
import { seesMembersThings } from '../access.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';

/** The live targets of an environment that the caller may see, each as its stream says; lists are waited for first. */
export const visibleTargets = async (
  { commands, reads, streams }: Pick<Kit, 'commands' | 'reads' | 'streams'>,
  environmentId: string,
  caller: Caller,
): Promise<readonly LiveTarget[]> => {
  await commands.listed();
  const rows = await reads.list('catalogue', 'configuration', { parent: environmentId });
  const found: LiveTarget[] = [];
  for (const { configurationId, kind, removed } of rows) {
    if (kind !== 'target' || removed) continue;
    const { state } = await streams.targets.load(configurationId);
    if (state.status === 'live' && seesMembersThings(caller, state.membershipId)) found.push(state);
  }
  return found;
};
