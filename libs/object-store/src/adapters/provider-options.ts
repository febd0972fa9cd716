/** What this server's settings say to the built-in providers. */
export type ProviderOptions = Readonly<{
  /** Do ordinary S3 requests go without the layers of the SDK (ADR 53)? They do when it is left out. */
  isS3Direct?: boolean;
  /** Of buckets of S3 without a region. */
  awsRegion?: string | undefined;
  /** Holds the token that `web_identity` presents. */
  webIdentityTokenFile?: string | undefined;
  /** Does the operator's environment name a proxy? Azure is asked through it. */
  isProxied?: boolean;
  /** The hosts that the proxy is not for, as `NO_PROXY` lists them. */
  noProxy?: string | undefined;
}>;
