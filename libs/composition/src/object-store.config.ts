import { z } from 'zod';

const text = z.string().optional();
const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'https_proxy', 'http_proxy', 'all_proxy'] as const;

/** The AWS SDK's own switch. Which versions of Node Chainkeep supports, package.json says. */
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** What every process that opens buckets reads. The SDKs read their own variables of signing in besides. */
export const objectStoreVariables = {
  CHAINKEEP_S3_DIRECT: z.enum(['on', 'off']).default('on'),
  AWS_REGION: text,
  AWS_WEB_IDENTITY_TOKEN_FILE: text,
  HTTPS_PROXY: text,
  HTTP_PROXY: text,
  ALL_PROXY: text,
  https_proxy: text,
  http_proxy: text,
  all_proxy: text,
  NO_PROXY: text,
  no_proxy: text,
};

type Variables = z.output<z.ZodObject<typeof objectStoreVariables>>;

/** The options of the built-in providers from the variables of `objectStoreVariables`. */
export const toObjectStoreConfig = (variables: Variables) => ({
  isS3Direct: variables.CHAINKEEP_S3_DIRECT === 'on',
  awsRegion: variables.AWS_REGION,
  webIdentityTokenFile: variables.AWS_WEB_IDENTITY_TOKEN_FILE,
  isProxied: PROXIES.some((name) => variables[name] !== undefined),
  noProxy: variables.NO_PROXY ?? variables.no_proxy,
});

export type ObjectStoreConfig = Readonly<ReturnType<typeof toObjectStoreConfig>>;
