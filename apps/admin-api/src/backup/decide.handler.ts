import { plainNumber } from '#libs/kernel';
import { z } from 'zod';
import { requireOperator } from '../access.js';
import type { DecisionAnswer } from '../answers/backup.answers.js';
import type { Caller } from '../edge/request.js';
import type { Kit } from '../kit.js';
import type { EnvironmentPath } from '../resources.js';
import { reasonBody } from './run.handler.js';

export const decideBody = reasonBody.extend({ decision: z.enum(['keep', 'supersede']) });
export type DecideBody = z.infer<typeof decideBody>;

/** An operator's word on SUPERSESSION_PENDING and FINALITY_BROKEN. */
export class DecideHandler {
  constructor(private readonly kit: Pick<Kit, 'commands' | 'resources' | 'streams'>) {}

  /** The next run acts on it. NOTHING_TO_DECIDE when no question is open. */
  async decide(path: EnvironmentPath, body: DecideBody, caller: Caller): Promise<DecisionAnswer> {
    requireOperator(caller);
    const { commands, resources, streams } = this.kit;
    await resources.environment(caller, path);
    const command = { type: 'DecideSupersession', ...body, at: commands.now() } as const;
    const { state } = await commands.give(streams.backups, path.e, command, caller);
    const { question } = state;
    return {
      ...body,
      ...(question === undefined
        ? {}
        : {
            code: question.code,
            from_block: plainNumber(question.fromBlock),
            other: { block: plainNumber(question.other.number), hash: question.other.hash },
          }),
    };
  }
}
