import type { Command } from 'commander';
import { withJson, type CliContext, type Shared } from '../context.js';

/** `history rebuild`. */
export const addHistoryCommands = (program: Command, context: CliContext): void => {
  const history = program.command('history').description('the read model behind the API');
  withJson(
    history.command('rebuild').description('build it anew from the event store and switch to it'),
  ).action(async (options: Shared) => {
    const answer = await context.api().post('history/rebuild', {});
    context.output(options).show(answer, () => ['The history was rebuilt.']);
  });
};
