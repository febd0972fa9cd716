/** @proves verify finds what a folder lacks: shortened, emptied or superseded histories, lost files, foreign genesis and markers. */
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createSealReader,
  manifestToJson,
  parseManifest,
  type HistoryDocument,
  type SealReader,
} from '#libs/archive';
import { environmentFolders } from '../../apps/cli/src/archive/environment-folder.js';
import { readGivenGenesis } from '../../apps/cli/src/archive/genesis-check.js';
import {
  verifyEnvironment,
  type EnvironmentReport,
  type VerifyOptions,
} from '../../apps/cli/src/archive/verify-environment.js';
import { verifyFile } from '../../apps/cli/src/archive/verify-file.js';

const CHAINS = fileURLToPath(new URL('../fixtures/chains', import.meta.url));
const HISTORY = 'backup_snapshot.json';

let reader: SealReader;
let folder: string;
const made: string[] = [];
beforeAll(async () => {
  reader = await createSealReader(0);
});
afterEach(async () => {
  await Promise.all(made.splice(0).map((path) => rm(path, { recursive: true })));
});
afterAll(async () => {
  await reader.close();
});

/** A copy of a real chain's folder to spoil. */
const copyOf = async (name: string): Promise<void> => {
  const home = await mkdtemp(join(tmpdir(), 'ck-complete-'));
  made.push(home);
  folder = join(home, name);
  await cp(join(CHAINS, name), folder, { recursive: true });
};

const verify = async (options: VerifyOptions = {}): Promise<EnvironmentReport> => {
  const [found] = await environmentFolders(folder);
  return verifyEnvironment(found!, reader, options);
};

const codes = ({ faults }: EnvironmentReport): string[] => faults.map(({ code }) => code);

const changeHistory = async (change: (document: HistoryDocument) => unknown): Promise<void> => {
  const path = join(folder, HISTORY);
  const document = JSON.parse(await readFile(path, 'utf8')) as HistoryDocument;
  await writeFile(path, JSON.stringify(change(document)));
};

const blockFiles = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.rlp')).sort();

describe('a folder of a real chain', () => {
  it('is proved with its genesis, whose digest is shown, and not without', async () => {
    await copyOf('besu-i1');
    const whole = await verify();
    expect(whole).toMatchObject({
      level: 'proved',
      faults: [],
      notes: [],
      genesis: { file: 'genesis.json' },
    });
    expect(whole.genesis?.sha256).toMatch(/^[0-9a-f]{64}$/);
    await rm(join(folder, 'genesis.json'));
    const without = await verify();
    expect(without).toMatchObject({ level: 'stated', genesis: undefined });
    expect(without.faults).toMatchObject([{ code: 'TARGET_OBJECT_MISSING', file: 'genesis.json' }]);
  });

  it('is judged by the genesis of the auditor, with the same block 0 or another', async () => {
    await copyOf('quorum-cfgvals');
    const by = async (name: string, chain = folder) =>
      verify({ genesis: await readGivenGenesis(join(chain, name)) });
    expect(await by('genesis.json')).toMatchObject({ level: 'proved', faults: [] });
    const forged = await by('forged-genesis.json');
    expect(forged).toMatchObject({ level: 'confirmed', files: [{ certificate: { verdict: 'invalid' } }] });
    expect(codes(forged)).toEqual(['CERTIFICATE_VALIDATORS_WRONG']);
    expect(await by('contract-genesis.json')).toMatchObject({
      level: 'confirmed',
      files: [{ certificate: { verdict: 'unproven', anchor: 'nothing' } }],
    });
    const foreign = await by('genesis.json', join(CHAINS, 'besu-q1'));
    expect(foreign.faults).toMatchObject([{ code: 'BLOCK_HASH_MISMATCH', file: 'genesis.json' }]);
    expect(foreign.level).not.toBe('proved');
  });

  it('whose own genesis is foreign or another document is named also when the auditor brings one', async () => {
    await copyOf('quorum-cfgvals');
    const genesis = await readGivenGenesis(join(CHAINS, 'quorum-cfgvals', 'genesis.json'));
    await cp(join(CHAINS, 'besu-q1', 'genesis.json'), join(folder, 'genesis.json'));
    expect(await verify({ genesis })).toMatchObject({
      level: 'proved',
      faults: [{ code: 'BLOCK_HASH_MISMATCH', file: 'genesis.json' }],
    });
    await cp(join(folder, 'forged-genesis.json'), join(folder, 'genesis.json'));
    const { faults, notes } = await verify({ genesis });
    expect(faults).toEqual([]);
    expect(notes).toContainEqual(
      expect.stringMatching(/own genesis.json is another document: sha256 [0-9a-f]{64}/),
    );
  });

  it('whose history was shortened or emptied is wrong', async () => {
    await copyOf('besu-i1');
    const files = await blockFiles();
    await changeHistory(({ history, ...rest }) => ({
      ...rest,
      latest_backup: history[1]?.date,
      history: history.slice(0, 2),
    }));
    const shortened = await verify();
    expect(shortened.faults.map(({ file, code }) => [file, code])).toEqual(
      files.slice(2).map((file) => [file, 'HISTORY_INVALID']),
    );
    expect(shortened.faults[0]?.message).toContain('ends with block 188');
    await changeHistory((document) => ({ ...document, latest_backup: null, history: [] }));
    expect(codes(await verify())).toEqual(files.map(() => 'HISTORY_INVALID'));
    for (const name of await blockFiles()) await rm(join(folder, name));
    expect(new Set(codes(await verify()))).toEqual(new Set(['TARGET_OBJECT_MISSING']));
  });

  it('whose history was emptied, with the manifests of its files gone too, is wrong', async () => {
    await copyOf('besu-i1');
    const files = await blockFiles();
    await changeHistory((document) => ({ ...document, latest_backup: null, history: [] }));
    for (const name of files) await rm(join(folder, `${name}.manifest.json`));
    expect(codes(await verify())).toEqual(files.map(() => 'HISTORY_INVALID'));
  });

  it('whose last file is gone is wrong, and one that the history forgot is compared with its manifest', async () => {
    await copyOf('besu-i1');
    const last = (await blockFiles()).at(-1)!;
    const bytes = await readFile(join(folder, last));
    await rm(join(folder, last));
    expect((await verify()).faults).toMatchObject([{ code: 'TARGET_OBJECT_MISSING', file: last }]);
    await changeHistory(({ history, ...rest }) => ({
      ...rest,
      latest_backup: history[2]?.date,
      history: history.slice(0, 3),
    }));
    expect((await verify()).faults).toMatchObject([
      { code: 'TARGET_OBJECT_MISSING', file: `${last}.manifest.json` },
    ]);
    bytes[bytes.length - 40]! ^= 1;
    await writeFile(join(folder, last), bytes);
    expect((await verify()).faults[0]).toMatchObject({ file: last, block: 371 });
  });

  it('with something else than a file under a name is wrong there, and its other files are judged', async () => {
    await copyOf('besu-i1');
    const files = await blockFiles();
    const manifest = `${files[0]!}.manifest.json`;
    await rm(join(folder, manifest));
    execFileSync('mkfifo', [join(folder, manifest)]);
    await rm(join(folder, files[1]!));
    await symlink('/dev/zero', join(folder, files[1]!));
    const report = await verify();
    expect(report.faults.map(({ file, code }) => [file, code])).toStrictEqual([
      [files[0], 'TARGET_OBJECT_MISSING'],
      [files[1], 'TARGET_OBJECT_MISSING'],
    ]);
    expect(report.files.map(({ ok }) => ok)).toStrictEqual(files.map((_, index) => index > 1));
  });

  it('whose files are all marked as superseded is wrong', async () => {
    await copyOf('besu-i1');
    await changeHistory(({ history, ...rest }) => ({
      ...rest,
      history: history.map((entry) => ({ ...entry, canonical_chain: false })),
    }));
    expect(codes(await verify())).toEqual(['HISTORY_INVALID']);
    await copyOf('besu-i1');
    await changeHistory(({ history, ...rest }) => ({
      ...rest,
      history: history.map((entry, index) => ({ ...entry, canonical_chain: index < 3 })),
    }));
    expect((await verify()).notes).toEqual([
      'blocks 220 to 371 are only in superseded files: nothing replaced them',
    ]);
  });

  it('with 50,000 files in its history is read in linear time, and a manifest of 17 MB not at all', async () => {
    await copyOf('quorum-twof');
    const [name] = await blockFiles();
    await writeFile(join(folder, `${name!}.manifest.json`), Buffer.alloc(17 << 20, 'a'));
    expect((await verify()).faults).toMatchObject([{ code: 'MANIFEST_INVALID' }]);
    const hash = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`;
    await changeHistory((document) => {
      const history = Array.from({ length: 50_000 }, (_, n) => ({
        ...document.history[0]!,
        file: document.history[0]!.file.replace('0-42', `${n}-${n}`),
        start_block: { block: n, hash: hash(n + 1), parent_hash: hash(n) },
        end_block: { block: n, hash: hash(n + 1), parent_hash: hash(n) },
      }));
      return { ...document, history };
    });
    // It took minutes when each entry was looked for in the whole text.
    const found = codes(await verify());
    expect(found.filter((code) => code === 'TARGET_OBJECT_MISSING')).toHaveLength(50_000);
    expect(found).toContain('MANIFEST_INVALID');
  });

  it('with the marker of another chain is wrong', async () => {
    await copyOf('quorum-twof');
    const [entry] = (JSON.parse(await readFile(join(folder, HISTORY), 'utf8')) as HistoryDocument).history;
    const marker = { version: 1, epoch: 1, installation: 'one', genesis_hash: entry!.start_block.hash };
    await writeFile(join(folder, '.chainkeep'), JSON.stringify(marker));
    expect(codes(await verify())).toEqual([]);
    await writeFile(
      join(folder, '.chainkeep'),
      JSON.stringify({ ...marker, genesis_hash: `0x${'22'.repeat(32)}` }),
    );
    expect((await verify()).faults).toMatchObject([{ code: 'TARGET_FOREIGN', file: '.chainkeep' }]);
    await writeFile(join(folder, '.chainkeep'), 'hello');
    expect(codes(await verify())).toEqual(['TARGET_FOREIGN']);
  });

  it('of a re-initialised Raft chain is sound and confirmed, with a note on the flag', async () => {
    await copyOf('quorum-raft2');
    const { faults, level, files } = await verify();
    expect({ faults, level }).toEqual({ faults: [], level: 'confirmed' });
    expect(files.filter(({ notes }) => notes.some((note) => note.includes('raftSwapFile')))).toHaveLength(2);
  });

  it('gives a single file its level, by the genesis beside it or given, or its manifest alone', async () => {
    await copyOf('besu-i1');
    const [first, second] = (await blockFiles()).map((name) => join(folder, name));
    expect(await verifyFile(first!, reader)).toMatchObject({ level: 'proved', faults: [] });
    expect(await verifyFile(second!, reader)).toMatchObject({ level: 'stated', faults: [] });
    const foreign = await readGivenGenesis(join(CHAINS, 'besu-q1', 'genesis.json'));
    expect((await verifyFile(first!, reader, foreign)).faults).toMatchObject([
      { code: 'BLOCK_HASH_MISMATCH', file: basename(first!) },
    ]);
    expect((await verifyFile(second!, reader, foreign)).faults).not.toEqual([]);
  });

  it('a file in the middle is not proved by a manifest that says its validators are those of block 0', async () => {
    await copyOf('besu-i1');
    const [, second] = (await blockFiles()).map((name) => join(folder, name));
    const path = `${second!}.manifest.json`;
    const manifest = parseManifest(await readFile(path));
    const { validator_set: set } = manifest;
    const forged = { ...set!, start: { ...set!.start!, block: 0 } };
    await writeFile(path, manifestToJson({ ...manifest, validator_set: forged }));
    expect(await verifyFile(second!, reader)).toMatchObject({ level: 'confirmed' });
  });

  it('a file that starts at block 1 is judged from the genesis, which must be its own', async () => {
    await copyOf('besu-i1');
    const [first] = await blockFiles();
    const bytes = await readFile(join(folder, first!));
    const home = await mkdtemp(join(tmpdir(), 'ck-complete-'));
    made.push(home);
    const after = join(home, 'after.rlp');
    // Block 0 is the first item of the file: a list with a length of two bytes.
    await writeFile(after, bytes.subarray(3 + bytes.readUInt16BE(1)));
    const by = async (chain: string) =>
      verifyFile(after, reader, await readGivenGenesis(join(CHAINS, chain, 'genesis.json')));
    expect(await by('besu-i1')).toMatchObject({ faults: [], level: 'proved', blocks: 139 });
    expect(codes(await by('besu-q1'))).toEqual(['BLOCK_HASH_MISMATCH']);
  });
});
