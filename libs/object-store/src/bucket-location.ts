/** Where a bucket is and how to sign in to it: a provider, its details without secrets, and the secrets. */
export type BucketLocation = Readonly<{
  provider: string;
  details: Readonly<Record<string, unknown>>;
  secrets: Readonly<Record<string, string>>;
  /** Whose bucket it is: the environment's own, or a member's. */
  role: 'managed' | 'target';
}>;

/** How a location would use what belongs to this server: its credentials or its identity. */
export type OwnSignIn = Readonly<{
  bucket: string;
  /** Where the bucket is; `undefined` when it is the cloud itself. */
  endpoint: string | undefined;
  /** A role that the server's credentials assume. */
  role?: Readonly<{
    arn: string;
    /** Where it is assumed; `undefined` when it is the cloud's own service. */
    sts: string | undefined;
    externalId: string | undefined;
    /** With the server's token instead of its credentials: no external ID protects that. */
    webIdentity: boolean;
  }>;
}>;
