import { hasCode } from '#libs/kernel';
import type { DesiredNetwork } from '../desired.js';
import { readActual, send } from './apply.js';
import type { NetworkApi } from './network-api.js';
import { planNetwork, type NetworkAction } from './plan.js';

export type StartOptions = Readonly<{
  /** Was this, which the file names and the service does not hold, there once and removed since? */
  wasRemoved?: (action: NetworkAction) => Promise<boolean>;
}>;

const drifted = (action: NetworkAction): NetworkAction => ({ ...action, action: 'drift' });

/** Sends a request; `undefined` when the service says that what it is for was there before. */
const unless = async (
  code: 'RESOURCE_EXISTS' | 'BACKUP_ALREADY_CONFIGURED',
  request: Promise<unknown>,
): Promise<boolean> => {
  try {
    await request;
    return true;
  } catch (error) {
    if (hasCode(error, code)) return false;
    throw error;
  }
};

/** One start: it remembers what it found removed, for what lies below. */
class Start {
  private readonly removed: string[] = [];

  constructor(
    private readonly api: NetworkApi,
    private readonly options: StartOptions,
  ) {}

  async decide(action: NetworkAction): Promise<NetworkAction> {
    if (this.removed.some((path) => action.path.startsWith(`${path}/`))) return this.asRemoved(action);
    if (action.action === 'create') return this.create(action);
    if (action.action === 'update') return this.update(action);
    return action.action === 'delete' ? drifted(action) : action;
  }

  private async create(action: NetworkAction): Promise<NetworkAction> {
    const path = `${action.path}/${action.id}`;
    const isNew =
      (await this.options.wasRemoved?.(action)) !== true &&
      (await unless('RESOURCE_EXISTS', send(this.api, action)));
    if (isNew) return action;
    this.removed.push(path);
    return this.asRemoved(action);
  }

  private async update(action: NetworkAction): Promise<NetworkAction> {
    const { resource, path, body, changes } = action;
    if (resource === 'backup') {
      // Only a backup that was never configured takes a POST.
      const isFirst = await unless('BACKUP_ALREADY_CONFIGURED', this.api.post(path, body));
      return isFirst ? action : drifted(action);
    }
    const isFirstGenesis = resource === 'genesis' && changes.every(({ from }) => from === undefined);
    if (!isFirstGenesis) return drifted(action);
    await send(this.api, action);
    return action;
  }

  private asRemoved(action: NetworkAction): NetworkAction {
    return { ...drifted(action), changes: [{ field: 'state', from: 'removed', to: 'present' }] };
  }
}

/**
 * What a start does: creates what never existed; what is there and differs from the file, what is not in the file and
 * what was removed since are returned as `drift` and stay as they are. Rejects with the first error of the service.
 */
export const startNetwork = async (
  api: NetworkApi,
  desired: DesiredNetwork,
  options: StartOptions = {},
): Promise<readonly NetworkAction[]> => {
  const start = new Start(api, options);
  const decided: NetworkAction[] = [];
  for (const action of planNetwork(desired, await readActual(api, desired))) {
    decided.push(await start.decide(action));
  }
  return decided;
};
