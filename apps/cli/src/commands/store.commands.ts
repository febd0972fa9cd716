import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { exportStore, importStore, type StoreSummary } from '#libs/event-store';
import { toInstant } from '#libs/kernel';
import { buildInfo } from '#libs/runtime';
import { readStoreLocation } from '../cli.config.js';
import { UsageProblem } from '../exit.js';
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

const addImport = (store: Command, session: Session): void => {
  const command = store
    .command('import <file>')
    .description('read an exported file into an empty store')
    .addHelpText('after', WHERE);
  command.action(async (file: string) => {
    if (!existsSync(file))
      throw new UsageProblem(`${file} does not exist.`, 'Pass the path of a store export.');
    const opened = await openLocated(session, true);
    try {
      const made = await importStore(opened.store, () => linesOf(file));
      await show(session, optionsOf(command).json, `Imported from ${file}`, made);
    } finally {
      await opened.close();
    }
  });
};

/** `chainkeep store export|import` */
export const addStoreCommands = (program: Command, session: Session): void => {
  const store = program
    .command('store')
    .description('export or import the event store, to move or upgrade it');
  addExport(store, session);
  addImport(store, session);
};
