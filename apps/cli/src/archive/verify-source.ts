import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  canonicalSelection,
  checkContinuity,
  checkSegment,
  HISTORY_FILE,
  MANIFEST_SUFFIX,
  parseHistoryDocument,
  parseManifest,
  type ContinuityFault,
  type HistoryDocumentEntry,
  type SegmentExpectation,
  type SegmentManifest,
} from '#libs/archive';
import { CodedError, isCodedError } from '#libs/kernel';
import { blockBytes, readingError } from './block-stream.js';

/** Something wrong, and the exact place as far as it is known. */
export type Fault = Readonly<{
  file: string;
  code: string;
  message: string;
  /** Byte of the uncompressed blocks, and number of the block. */
  offset?: number;
  block?: string;
}>;

export type Verified = Readonly<{
  source: string;
  files: number;
  blocks: number;
  bytes: number;
  faults: Fault[];
}>;

type Checked = Readonly<{ blocks: number; bytes: number; faults: Fault[] }>;

const faultOf = (file: string, error: unknown): Fault => {
  if (!isCodedError(error) || error.code === 'INTERNAL') throw error;
  const { offset, number } = error.context;
  return {
    file,
    code: error.code,
    message: error.message,
    ...(typeof offset === 'number' ? { offset } : {}),
    ...(number === undefined || number === null ? {} : { block: String(number) }),
  };
};

const digestFault = (file: string, sha256: string, bytes: number, manifest: SegmentManifest): Fault[] =>
  manifest.sha256 === sha256 && manifest.bytes === bytes
    ? []
    : [
        {
          file,
          code: 'SEGMENT_DIGEST_MISMATCH',
          message: `The file has ${bytes} bytes and the digest ${sha256}; its manifest states ${manifest.bytes} and ${manifest.sha256}.`,
        },
      ];

/** Checks one file: every block, and the digest when a manifest is given. */
const checkFile = async (
  path: string,
  expected: SegmentExpectation,
  manifest?: SegmentManifest,
): Promise<Checked> => {
  const name = basename(path);
  const digest = createHash('sha256');
  let stored = 0;
  let [blocks, last] = [0, -1n];
  const faults: Fault[] = [];
  const onStored = (chunk: Uint8Array): void => {
    digest.update(chunk);
    stored += chunk.length;
  };
  const onBlock: SegmentExpectation['onBlock'] = ({ number }) => {
    blocks += 1;
    last = number;
  };
  try {
    const summary = await checkSegment(blockBytes(path, onStored), { ...expected, source: name, onBlock });
    if (manifest !== undefined) {
      faults.push(...digestFault(name, digest.digest('hex'), stored, manifest));
      if (manifest.content_root !== summary.contentRoot)
        faults.push({
          file: name,
          code: 'MANIFEST_INVALID',
          message: 'The manifest states another content root.',
        });
    }
  } catch (error) {
    const fault = faultOf(name, error);
    faults.push(last >= 0n && fault.block === undefined ? { ...fault, block: `after ${last}` } : fault);
  }
  return { blocks, bytes: stored, faults };
};

const continuityFault = (fault: ContinuityFault): Fault => {
  switch (fault.kind) {
    case 'gap':
      return {
        file: fault.before,
        code: 'SEGMENT_INCOMPLETE',
        message: `Blocks ${fault.from} to ${fault.to} are missing before it.`,
        block: String(fault.from),
      };
    case 'overlap':
      return {
        file: fault.before,
        code: 'BLOCK_NUMBER_MISMATCH',
        message: `Blocks ${fault.from} to ${fault.to} are in ${fault.file} too.`,
        block: String(fault.from),
      };
    case 'parent-mismatch':
      return {
        file: fault.file,
        code: 'BLOCK_PARENT_MISMATCH',
        message: `Its first block follows ${fault.actual}, not ${fault.expected}.`,
        block: String(fault.at),
      };
  }
};

const expectationOf = ({ start_block: start, end_block: end }: HistoryDocumentEntry): SegmentExpectation => ({
  start: BigInt(start.block),
  startHash: start.hash,
  parentHash: start.parent_hash,
  end: BigInt(end.block),
  endHash: end.hash,
});

const manifestOf = async (
  folder: string,
  file: string,
  faults: Fault[],
): Promise<SegmentManifest | undefined> => {
  const path = join(folder, `${file}${MANIFEST_SUFFIX}`);
  // Buckets written by other tools of this layout have no manifests.
  if (!existsSync(path)) return undefined;
  try {
    const manifest = parseManifest(await readFile(path));
    if (manifest.file === file) return manifest;
    faults.push({ file, code: 'MANIFEST_INVALID', message: `Its manifest is that of ${manifest.file}.` });
  } catch (error) {
    faults.push(faultOf(`${file}${MANIFEST_SUFFIX}`, error));
  }
  return undefined;
};

const checkEntry = async (folder: string, entry: HistoryDocumentEntry): Promise<Checked> => {
  const { file } = entry;
  const path = join(folder, file);
  if (file !== basename(file))
    return {
      blocks: 0,
      bytes: 0,
      faults: [{ file, code: 'HISTORY_INVALID', message: 'This is no file name.' }],
    };
  if (!existsSync(path))
    return {
      blocks: 0,
      bytes: 0,
      faults: [{ file, code: 'TARGET_OBJECT_MISSING', message: 'The history lists it and it is not there.' }],
    };
  const faults: Fault[] = [];
  const manifest = await manifestOf(folder, file, faults);
  const checked = await checkFile(path, expectationOf(entry), manifest);
  return { ...checked, faults: [...faults, ...checked.faults] };
};

const verifyFolder = async (folder: string, onFile: (file: string) => void): Promise<Verified> => {
  const result = { source: folder, files: 0, blocks: 0, bytes: 0, faults: [] as Fault[] };
  try {
    const document = parseHistoryDocument(await readFile(join(folder, HISTORY_FILE)));
    result.faults.push(...checkContinuity(canonicalSelection(document)).map(continuityFault));
    for (const entry of document.history) {
      onFile(entry.file);
      const { blocks, bytes, faults } = await checkEntry(folder, entry);
      result.files += 1;
      result.blocks += blocks;
      result.bytes += bytes;
      result.faults.push(...faults);
    }
  } catch (error) {
    result.faults.push(faultOf(HISTORY_FILE, error));
  }
  return result;
};

const foldersIn = async (source: string): Promise<string[]> => {
  if (existsSync(join(source, HISTORY_FILE))) return [source];
  const entries = await readdir(source, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(source, name));
  return folders.filter((folder) => existsSync(join(folder, HISTORY_FILE))).sort();
};

/**
 * Verifies a file, the folder of one environment, or a bucket with several, by itself and offline. What is wrong is in
 * `faults`; throws INPUT_INVALID when the source is none of these.
 */
export const verifySource = async (
  source: string,
  onFile: (file: string) => void = () => undefined,
): Promise<Verified[]> => {
  const info = await stat(source).catch((error: unknown) => {
    throw readingError(source, error);
  });
  if (info.isFile()) return [{ source, files: 1, ...(await checkFile(source, {})) }];
  const folders = await foldersIn(source);
  if (folders.length === 0)
    throw new CodedError('INPUT_INVALID', `${source} holds no ${HISTORY_FILE}, nor does a folder in it.`);
  const results: Verified[] = [];
  for (const folder of folders) results.push(await verifyFolder(folder, onFile));
  return results;
};
