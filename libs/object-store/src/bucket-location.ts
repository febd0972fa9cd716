/** Where a bucket is and how to sign in to it: a provider, its details without secrets, and the secrets. */
export type BucketLocation = Readonly<{
  provider: string;
  details: Readonly<Record<string, unknown>>;
  secrets: Readonly<Record<string, string>>;
  /** Whose bucket it is: the environment's own, or a member's. */
  role: 'managed' | 'target';
}>;
