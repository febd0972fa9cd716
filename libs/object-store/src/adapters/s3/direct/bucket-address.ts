import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';

/** Where the objects of a bucket are requested, and how requests there are signed. */
export type BucketAddress = Readonly<{
  server: URL;
  pathOf: (key: string) => string;
  signer: SignatureV4;
}>;

type AuthScheme = Readonly<{ name?: string; signingName?: string; signingRegion?: string }>;
type Built = Readonly<{ protocol: string; hostname: string; port?: number; path: string }>;

const PROBE = 'key';

/** As the signature wants it: everything but the unreserved characters is escaped. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/**
 * The address the SDK itself would use, for AWS as for a place with an endpoint: a request is built by its rules and
 * not sent. `undefined` when requests there are not signed in the ordinary way (directory buckets, for one).
 */
export const bucketAt = async (client: S3Client, bucket: string): Promise<BucketAddress | undefined> => {
  const command = new HeadObjectCommand({ Bucket: bucket, Key: PROBE });
  let found: Readonly<{ built: Built; scheme: AuthScheme | undefined }> | undefined;
  command.middlewareStack.add(
    (_next, context) => async (args) => {
      const { endpointV2 } = context as { endpointV2?: { properties?: { authSchemes?: AuthScheme[] } } };
      found = { built: args.request as Built, scheme: endpointV2?.properties?.authSchemes?.[0] };
      return { output: { $metadata: {} }, response: undefined };
    },
    { step: 'serialize', priority: 'low', name: 'onlySerialized' },
  );
  await client.send(command);
  if (found?.scheme?.name !== 'sigv4') return undefined;
  const { protocol, hostname, port, path } = found.built;
  const { signingName = 's3', signingRegion } = found.scheme;
  const { credentials, sha256 } = client.config;
  const region = signingRegion ?? client.config.region;
  const escaping = { uriEscapePath: false, applyChecksum: false };
  const base = path.slice(0, -PROBE.length);
  return {
    server: new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`),
    pathOf: (key) => `${base}${key.split('/').map(escaped).join('/')}`,
    signer: new SignatureV4({ service: signingName, region, credentials, sha256, ...escaping }),
  };
};
