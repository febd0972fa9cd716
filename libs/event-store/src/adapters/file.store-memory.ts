import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError } from '#libs/kernel';
import {
  StoreMemory,
  toRecord,
  toText,
  type StoreRecord,
  type StoreRecordChange,
  type StoreRecordText,
} from '../store-memory.js';
import { isSystemError, syncFolder } from './durable-file.js';

const readIfThere = async (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  });

/** Whole or not at all, and on disk when it resolves. */
const replace = async (file: string, text: string): Promise<void> => {
  const draft = `${file}.${process.pid}`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  await syncFolder(dirname(file));
};

/**
 * The StoreMemory port in a data directory: the file `installation` holds the id alone, as version 0.1 wrote it, and
 * `store.json` the rest. One process writes at a time, the one that holds the directory's lock.
 */
export class FileStoreMemory extends StoreMemory {
  private changing: Promise<void> = Promise.resolve();

  constructor(private readonly home: string) {
    super();
  }

  async recall(): Promise<StoreRecord | undefined> {
    const text = await this.read();
    return text && toRecord(text);
  }

  async update(fields: StoreRecordChange): Promise<void> {
    const change = this.changing.then(() => this.change(fields));
    this.changing = change.catch(() => undefined);
    await change;
  }

  private async change(fields: StoreRecordChange): Promise<void> {
    const text = { ...(await this.read()), ...toText(fields) };
    const { installation, ...rest } = text;
    if (installation === undefined) throw new CodedError('INPUT_INVALID', 'Which installation?');
    await mkdir(this.home, { recursive: true, mode: 0o700 });
    if (fields.installation !== undefined)
      await replace(join(this.home, 'installation'), `${installation}\n`);
    await replace(join(this.home, 'store.json'), `${JSON.stringify(rest)}\n`);
  }

  private async read(): Promise<StoreRecordText | undefined> {
    const installation = (await readIfThere(join(this.home, 'installation')))?.trim() ?? '';
    if (installation === '') return undefined;
    const kept = JSON.parse((await readIfThere(join(this.home, 'store.json'))) ?? '{}') as object;
    return { founded: false, last: null, stopped: null, decision: null, ...kept, installation };
  }
}
