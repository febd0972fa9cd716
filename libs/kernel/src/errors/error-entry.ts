/** What the catalogue says of one code. `docs/reference/errors.md` is generated from these. */
export type ErrorEntry = Readonly<{
  /** One sentence: when it happens. */
  meaning: string;
  /** One sentence: what the reader should do. */
  hint: string;
  /** Can the same call succeed later without any change? */
  retryable: boolean;
  /** HTTP status when it leaves through the API. */
  status: number;
  /**
   * Whose failure it is, apart from `retryable`. `ours`: a store, the vault, the bus, the secret key or the disk of this
   * installation: work waits for it and is tried again, and no event blames a target, a node or a run for it. `theirs`: a
   * target or a node. Left out where nobody failed: a request, a decision, a file.
   */
  fault?: 'ours' | 'theirs';
  /** Is it only a frame around another coded error, whose hint then says what to do? */
  wraps?: true;
}>;
