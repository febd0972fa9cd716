import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTsTree } from './run-ts.js';

const CATALOGUE = 'libs/contracts/src/event-catalogue.js';
const TODAY = 'BackupRequested: v1(backup.backupRequestedV1)';
/** The data stay as they are: today's version refuses the number before it looks at them. */
const NEXT = 'BackupRequested: { version: 2, schema: backup.backupRequestedV1, upcasters: [(data) => data] }';

/**
 * The tree of a SIMULATED next version, to run its services beside today's: the same code, but BackupRequested has a
 * schema version more. Resolves to a directory like that of `buildTsTree`, the caller's to remove.
 */
export const buildNextTree = async (): Promise<string> => {
  const today = await buildTsTree();
  const tree = await mkdtemp(join(tmpdir(), 'chainkeep-next-'));
  await cp(today, tree, { recursive: true, verbatimSymlinks: true });
  const code = await readFile(join(tree, CATALOGUE), 'utf8');
  if (!code.includes(TODAY)) throw new Error(`${CATALOGUE} does not say "${TODAY}" any more.`);
  await writeFile(join(tree, CATALOGUE), code.replace(TODAY, NEXT));
  return tree;
};
