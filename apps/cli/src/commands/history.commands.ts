import type { Command } from 'commander';
import { optionsOf, type Session } from '../session.js';

/** A long history is read from its first event on. */
const REBUILD_MS = 60 * 60_000;

/** `chainkeep history ...` */
export const addHistoryCommands = (program: Command, session: Session): void => {
  const group = program.command('history').description('maintain the history');
  const rebuild = group
    .command('rebuild')
    .description('rebuild the history from the events, compare it with the live one and switch');
  rebuild.action(async () => {
    const { json } = optionsOf(rebuild);
    const api = await session.api();
    session.terminal.progress('rebuilding the history');
    const outcome = await api.request('POST', '/history/rebuild', undefined, { timeoutMs: REBUILD_MS });
    const { position } = outcome as Readonly<{ position?: string }>;
    await session.show(
      json,
      outcome,
      () =>
        `The history was rebuilt${position === undefined ? '' : ` up to event ${position}`} and equals the previous one.`,
    );
  });
};
