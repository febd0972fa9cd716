import { cp, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILT } from './run-ts.js';

const ROOT = join(import.meta.dirname, '../../..');
const CATALOGUE = 'libs/contracts/src/event-catalogue.js';
/** One of a run, one of its environment. The data stay as they are: today's version refuses the number before it looks. */
const RAISED = [
  ['BackupRequested', 'backup.backupRequestedV1'],
  ['BackupConfigured', 'environment.backupConfiguredV1'],
] as const;

/**
 * The tree of a SIMULATED next version, to run its services beside today's: the same code, but BackupRequested and
 * BackupConfigured have a schema version more. Resolves to a directory like `BUILT`, the caller's to remove.
 */
export const buildNextTree = async (): Promise<string> => {
  const tree = await mkdtemp(join(tmpdir(), 'chainkeep-next-'));
  await cp(BUILT, tree, { recursive: true });
  const manifest = await readFile(join(ROOT, 'package.json'), 'utf8');
  await writeFile(join(tree, 'package.json'), manifest.replaceAll('"./dist/', '"./'));
  await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  let code = await readFile(join(tree, CATALOGUE), 'utf8');
  for (const [type, schema] of RAISED) {
    const line = `${type}: v1(${schema})`;
    if (!code.includes(line)) throw new Error(`${CATALOGUE} does not say "${line}" any more.`);
    code = code.replace(line, `${type}: { version: 2, schema: ${schema}, upcasters: [(data) => data] }`);
  }
  await writeFile(join(tree, CATALOGUE), code);
  return tree;
};
