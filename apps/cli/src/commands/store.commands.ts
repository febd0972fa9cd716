import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import {
  exportStore,
  importStore,
  planAcceptance,
  PUBLISH_CHOICES,
  type ImportProgress,
  type PublishChoice,
  type StoreSummary,
} from '#libs/event-store';
import { toInstant } from '#libs/kernel';
import { buildInfo } from '#libs/runtime';
import { readStoreLocation } from '../cli.config.js';
import { EXIT, UsageProblem } from '../exit.js';
import { optionsOf, type Session } from '../session.js';
import type { OpenedStore } from '#libs/composition/store.adapters';

const WHERE = `
The store is the one of EVENTSTORE_URL, else of DATABASE_URL, else chainkeep.db in CHAINKEEP_HOME.`;

/** Loaded on demand, so that other commands do not load the clients of three databases. */
const openLocated = async (session: Session, writes: boolean): Promise<OpenedStore> => {
  const { openStore } = await import('#libs/composition/store.adapters');
  return openStore(readStoreLocation(session.env), writes);
};

const syncFile = async (file: string): Promise<void> => {
  const handle = await open(file, 'r+');
  await handle.sync().finally(() => handle.close());
};

/** Writes beside its place and moves it there whole: a file of that name is always a whole export. */
const writeExport = async (
  file: string,
  lines: AsyncGenerator<string, StoreSummary, undefined>,
): Promise<StoreSummary> => {
  const part = `${file}.part`;
  const stream = createWriteStream(part, { flags: 'w', mode: 0o600 });
  const written = finished(stream);
  // Reported to the awaiting code below; an earlier failure must not end the process.
  written.catch(() => undefined);
  try {
    for (;;) {
      const next = await lines.next();
      if (next.done === true) {
        stream.end();
        await written;
        await syncFile(part);
        await rename(part, file);
        return next.value;
      }
      if (!stream.write(next.value)) await Promise.race([once(stream, 'drain'), written]);
    }
  } catch (error) {
    stream.destroy();
    await rm(part, { force: true });
    throw error;
  }
};

/** By newlines alone: readline would also break at the line separators that JSON texts may hold. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

const show = async (session: Session, json: boolean, what: string, { events, sha256 }: StoreSummary) =>
  session.show(json, { events, sha256 }, () => `${what}: ${events} events, SHA-256 ${sha256}.`);

const addExport = (store: Command, session: Session): void => {
  const command = store
    .command('export <file>')
    .description('write all events to a new file')
    .addHelpText('after', WHERE);
  command.action(async (file: string) => {
    if (existsSync(file)) throw new UsageProblem(`${file} already exists.`, 'Choose a new file name.');
    const { version: product } = await buildInfo(import.meta.url);
    const opened = await openLocated(session, false);
    try {
      const lines = exportStore(opened.store, { product, at: toInstant(Date.now()) });
      await show(session, optionsOf(command).json, `Exported to ${file}`, await writeExport(file, lines));
    } finally {
      await opened.close();
    }
  });
};

const NOTE_MS = 5_000;

/** On a terminal one line that is written over, elsewhere a line every 5 s. */
const importProgress = ({ terminal }: Session): ImportProgress => {
  let notedMs = performance.now();
  return (done, total) => {
    const text = `Importing: ${done} of ${total} events.`;
    terminal.progress(text);
    if (terminal.showsProgress || performance.now() - notedMs < NOTE_MS) return;
    notedMs = performance.now();
    terminal.note(text);
  };
};

const addImport = (store: Command, session: Session): void => {
  const command = store
    .command('import <file>')
    .description('read an exported file into an empty store, or go on where an import stopped')
    .addHelpText('after', WHERE);
  command.action(async (file: string) => {
    if (!existsSync(file))
      throw new UsageProblem(`${file} does not exist.`, 'Pass the path of a store export.');
    const opened = await openLocated(session, true);
    try {
      const made = await importStore(opened.store, () => linesOf(file), importProgress(session));
      await show(session, optionsOf(command).json, `Imported from ${file}`, made);
    } finally {
      await opened.close();
    }
  });
};

const publishChoice = (value: string): PublishChoice => {
  const choice = PUBLISH_CHOICES.find((each) => each === value);
  if (choice !== undefined) return choice;
  throw new UsageProblem(`--publish ${value} is not known.`, `Use one of ${PUBLISH_CHOICES.join(', ')}.`);
};

const addAccept = (store: Command, session: Session): void => {
  const command = store
    .command('accept')
    .description('go on with a store that is an older copy, empty, or of another installation')
    .option('--publish <what>', 'what the relay publishes: common, nothing or all', publishChoice, 'common')
    .option('--yes', 'accept; without it, only say what accepting does')
    .addHelpText('after', WHERE);
  command.action(async ({ publish, yes = false }: { publish: PublishChoice; yes?: boolean }) => {
    const { openRememberedStore } = await import('#libs/composition/store.adapters');
    const opened = await openRememberedStore(readStoreLocation(session.env));
    try {
      const at = toInstant(Date.now());
      const { kind, steps, accept } = await planAcceptance({ ...opened, at }, publish);
      if (yes) await accept();
      const isPending = kind !== 'nothing' && !yes;
      const end = isPending ? ['Nothing was changed. To accept, run the command again with --yes.'] : [];
      await session.show(optionsOf(command).json, { kind, accepted: yes && kind !== 'nothing', steps }, () =>
        [...steps, ...end].join('\n'),
      );
      if (isPending) session.exit = EXIT.foundWrong;
    } finally {
      await opened.close();
    }
  });
};

/** `chainkeep store export|import|accept` */
export const addStoreCommands = (program: Command, session: Session): void => {
  const store = program.command('store').description('export, import or accept the event store');
  addExport(store, session);
  addImport(store, session);
  addAccept(store, session);
};
