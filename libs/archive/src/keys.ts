import { resourceId } from '#libs/contracts';
import { readSegmentFileName } from '#libs/domain';
import { CodedError, type Hex } from '#libs/kernel';

/** Everything of an environment lies under its id, on every target; names are free, ids are permanent. */
const under = (environmentId: string, name: string): string => {
  if (!resourceId.safeParse(environmentId).success)
    throw new CodedError('INPUT_INVALID', 'This environment ID cannot be used in an object key.', {
      context: { environmentId },
    });
  return `${environmentId}/${name}`;
};

export const MANIFEST_SUFFIX = '.manifest.json';
export const HISTORY_FILE = 'backup_snapshot.json';

/** Key of a segment. Throws INPUT_INVALID for an id or a file name that cannot be one. */
export const segmentKey = (environmentId: string, file: string): string => {
  if (readSegmentFileName(file) === undefined)
    throw new CodedError('INPUT_INVALID', 'This is not the name of a segment.', { context: { file } });
  return under(environmentId, file);
};

/** Key of the manifest beside a segment. Throws INPUT_INVALID as `segmentKey`. */
export const manifestKey = (environmentId: string, file: string): string =>
  `${segmentKey(environmentId, file)}${MANIFEST_SUFFIX}`;

/** Key of the history document. Throws INPUT_INVALID for an id that cannot be one. */
export const historyKey = (environmentId: string): string => under(environmentId, HISTORY_FILE);

/** Key of the genesis document. Throws INPUT_INVALID for an id that cannot be one. */
export const genesisKey = (environmentId: string): string => under(environmentId, 'genesis.json');

/** Key of the marker that says whose chain lies here. Throws INPUT_INVALID for an id that cannot be one. */
export const markerKey = (environmentId: string): string => under(environmentId, '.chainkeep');

/** Key of a proof that finality broke. Throws INPUT_INVALID for an id that cannot be one. */
export const finalityProofKey = (environmentId: string, height: bigint, other: Hex): string =>
  under(environmentId, `finality-broken-${height}-${other.slice(2, 10)}.json`);

/** Key of the text for anyone who finds the bucket. Throws INPUT_INVALID for an invalid environment ID. */
export const readmeKey = (environmentId: string): string => under(environmentId, 'README.txt');
