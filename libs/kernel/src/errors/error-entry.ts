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
  /** Is it only a frame around another coded error, whose hint then says what to do? */
  wraps?: true;
}>;
