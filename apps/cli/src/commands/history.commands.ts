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
  rebuild.option('--take-rebuilt', 'switch also if it differs from the live one');
  rebuild.action(async ({ takeRebuilt = false }: { takeRebuilt?: boolean }) => {
    const { json } = optionsOf(rebuild);
    const api = await session.api();
    const path = takeRebuilt ? '/history/rebuild?take_rebuilt=true' : '/history/rebuild';
    session.terminal.progress('rebuilding the history');
    const outcome = await api.request('POST', path, undefined, { timeoutMs: REBUILD_MS });
    const { position, equal } = outcome as Readonly<{ position?: string; equal?: boolean }>;
    const end = equal === false ? 'replaces the previous one, which differed' : 'equals the previous one';
    await session.show(
      json,
      outcome,
      () => `The history was rebuilt${position === undefined ? '' : ` up to event ${position}`} and ${end}.`,
    );
  });
};
