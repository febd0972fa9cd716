import { dirname, basename, join } from 'node:path';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import {
  HISTORY_FILE,
  MANIFEST_SUFFIX,
  parseHistoryDocument,
  parseManifest,
  parseSegmentFileName,
  type SegmentManifest,
} from '#libs/archive';
import { faultOrThrow } from './fault.js';
import { compareWithManifest, endsOf, verifySegment, type Ends } from './verify-segment.js';
import type { EnvironmentReport } from './verify-environment.js';

const readBeside = async (path: string): Promise<Uint8Array | undefined> =>
  existsSync(path) ? readFile(path) : undefined;

const fromHistory = async (path: string): Promise<Ends | undefined> => {
  const bytes = await readBeside(join(dirname(path), HISTORY_FILE));
  if (bytes === undefined) return undefined;
  const entry = parseHistoryDocument(bytes).history.find(({ file }) => file === basename(path));
  return entry && endsOf(entry);
};

const fromName = (path: string): Ends | undefined => {
  try {
    return parseSegmentFileName(basename(path));
  } catch {
    // A file of blocks may have any name.
    return undefined;
  }
};

/** Verifies one file of blocks by all that lies beside it: history document, manifest, else its name alone. */
export const verifyFile = async (path: string): Promise<EnvironmentReport> => {
  const file = basename(path);
  const report = { environment: file, unlisted: [] };
  try {
    const bytes = await readBeside(path + MANIFEST_SUFFIX);
    const manifest: SegmentManifest | undefined = bytes === undefined ? undefined : parseManifest(bytes);
    const ends = (await fromHistory(path)) ?? (manifest && endsOf(manifest)) ?? fromName(path);
    const stored = await verifySegment(path, ends);
    if (manifest !== undefined) compareWithManifest(stored, manifest);
    const { start, end, blocks, transactions } = stored.summary;
    const files = [{ file, start: Number(start.number), end: Number(end.number), ok: true }];
    return { ...report, files, blocks, transactions, faults: [] };
  } catch (error) {
    return { ...report, files: [], blocks: 0, transactions: 0, faults: [faultOrThrow(file, error)] };
  }
};
