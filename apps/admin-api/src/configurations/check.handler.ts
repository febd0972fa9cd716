import type { LiveTarget } from '#libs/domain';
import { checkTarget, type CheckParts } from '#libs/services';
import type { CheckAnswer } from '../answers/configuration.answers.js';
import { unconditional } from '../commands.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';

/** The preflight of a target: everything deliveries need, tried with one small object. */
export class CheckHandler {
  constructor(private readonly kit: Pick<Kit, 'commands'> & CheckParts) {}

  /** After registering or changing: records the outcome and keeps the target whatever it is. */
  async preflight(targetId: string, caller: Caller): Promise<void> {
    const { state } = await this.kit.streams.targets.load(targetId);
    if (state.status === 'live') await this.run(state, caller);
  }

  async run(target: LiveTarget, caller: Caller): Promise<CheckAnswer> {
    const { commands, streams } = this.kit;
    const { ok, findings } = await checkTarget(target, this.kit, caller.gone);
    const command = { type: 'RecordCheck', ok, findings, at: commands.now() } as const;
    await commands.give(streams.targets, target.targetId, command, unconditional(caller));
    return { _id: target.targetId, ok, checked_at: command.at, findings };
  }
}
