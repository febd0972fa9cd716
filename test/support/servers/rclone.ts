import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pathOfServer } from './server-paths.js';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 << 20;

/** A place as rclone knows it: the settings of its backend and the path below it. */
export type RclonePlace = Readonly<{ settings: Readonly<Record<string, string>>; path: string }>;

export const rcloneS3 = (
  endpoint: string,
  keys: Readonly<{ accessKeyId: string; secretAccessKey: string }>,
  path: string,
): RclonePlace => ({
  settings: {
    type: 's3',
    provider: 'Other',
    endpoint,
    region: 'us-east-1',
    access_key_id: keys.accessKeyId,
    secret_access_key: keys.secretAccessKey,
    force_path_style: 'true',
  },
  path,
});

export const rcloneAzure = (
  { endpoint, account, key }: Readonly<{ endpoint: string; account: string; key: string }>,
  path: string,
): RclonePlace => ({ settings: { type: 'azureblob', endpoint, account, key }, path });

/** How rclone learns of a place under a name, in its environment. */
export const rcloneEnvironment = (name: string, { settings }: RclonePlace): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  RCLONE_CONFIG: '/dev/null',
  ...Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [`RCLONE_CONFIG_${name}_${key.toUpperCase()}`, value]),
  ),
});

/**
 * SHA-256 of every file of a place by its name, downloaded and digested by rclone, not by us. Without the marker, which
 * names its place's holder.
 */
export const rcloneDigests = async ({
  settings,
  path,
}: RclonePlace): Promise<ReadonlyMap<string, string>> => {
  const env = rcloneEnvironment('PLACE', { settings, path });
  const where = settings['type'] === undefined ? path : `place:${path}`;
  const { stdout } = await run(
    pathOfServer('rclone'),
    ['hashsum', 'sha256', '--download', '--fast-list', '--checkers', '16', '--exclude', '.chainkeep', where],
    { env, maxBuffer: OUTPUT_BYTES_MAX },
  );
  const lines = stdout.trim().split('\n');
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)] as const));
};
