import { CodedError, isCodedError, type ErrorCode } from '#libs/kernel';

/** One request: the permission it needs, the key it is about, and whether its answer may take minutes. */
export type S3Action = Readonly<{ permission: string; key?: string; isSlow?: boolean }>;

const CODES: Readonly<Record<string, ErrorCode>> = {
  NoSuchBucket: 'TARGET_PLACE_MISSING',
  // Answered with 403, but not about permissions: the SDK corrects its clock by the answer.
  RequestTimeTooSkewed: 'TARGET_UNAVAILABLE',
  AccessDenied: 'TARGET_DENIED',
  AllAccessDisabled: 'TARGET_DENIED',
  AccountProblem: 'TARGET_DENIED',
  'KMS.DisabledException': 'TARGET_DENIED',
  InvalidAccessKeyId: 'TARGET_CREDENTIALS_REFUSED',
  SignatureDoesNotMatch: 'TARGET_CREDENTIALS_REFUSED',
  ExpiredToken: 'TARGET_CREDENTIALS_REFUSED',
  ExpiredTokenException: 'TARGET_CREDENTIALS_REFUSED',
  InvalidToken: 'TARGET_CREDENTIALS_REFUSED',
  InvalidTokenId: 'TARGET_CREDENTIALS_REFUSED',
  InvalidClientTokenId: 'TARGET_CREDENTIALS_REFUSED',
  TokenRefreshRequired: 'TARGET_CREDENTIALS_REFUSED',
  CredentialsProviderError: 'TARGET_CREDENTIALS_REFUSED',
  TokenProviderError: 'TARGET_CREDENTIALS_REFUSED',
  InvalidIdentityToken: 'TARGET_CREDENTIALS_REFUSED',
  BadDigest: 'TARGET_DIGEST_MISMATCH',
  InvalidDigest: 'TARGET_DIGEST_MISMATCH',
  XAmzContentChecksumMismatch: 'TARGET_DIGEST_MISMATCH',
  XAmzContentSHA256Mismatch: 'TARGET_DIGEST_MISMATCH',
  QuotaExceeded: 'TARGET_FULL',
  XMinioStorageFull: 'TARGET_FULL',
  XMinioAdminBucketQuotaExceeded: 'TARGET_FULL',
  InsufficientStorage: 'TARGET_FULL',
};
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'TARGET_CREDENTIALS_REFUSED',
  403: 'TARGET_DENIED',
  507: 'TARGET_FULL',
};
/** Answers that a later try may not get. */
const PASSING_STATUS = new Set([408, 409, 412, 425, 429]);

type SdkError = Readonly<{
  name?: string;
  code?: string;
  $metadata?: Readonly<{ httpStatusCode?: number; attempts?: number; requestId?: string }>;
  $fault?: string;
}>;

const codeOf = (name: string, status: number | undefined): ErrorCode => {
  const known = CODES[name] ?? BY_STATUS[status ?? 0];
  if (known !== undefined) return known;
  const isFinal = status !== undefined && status >= 400 && status < 500 && !PASSING_STATUS.has(status);
  return isFinal || status === 501 ? 'TARGET_UNFIT' : 'TARGET_UNAVAILABLE';
};

const sentences = (
  name: string,
  status: number | undefined,
  { permission }: S3Action,
): Record<string, string> => ({
  TARGET_DENIED: `${permission} is not allowed (${name}).`,
  TARGET_CREDENTIALS_REFUSED: `The store does not accept the credentials (${name}).`,
  TARGET_PLACE_MISSING: 'The bucket does not exist.',
  TARGET_DIGEST_MISMATCH: 'The store received other bytes than were sent.',
  TARGET_FULL: 'The store has no space left.',
  TARGET_UNFIT: `The store refused ${permission} (${name}, status ${status ?? 'none'}).`,
  TARGET_UNAVAILABLE: `The store did not do ${permission} (${name}${status === undefined ? '' : `, status ${status}`}).`,
});

/** Only names the provider chose from a list: never text of an answer, which may quote what was sent. */
const nameOf = ({ name, code }: SdkError): string => {
  const found = code ?? name ?? 'unknown';
  return /^[\w.-]{1,64}$/.test(found) ? found : 'unknown';
};

/**
 * The SDK's error as ours. The cause is left out on purpose: it holds the request with its signature, session token
 * and headers, and an answer may quote an access key.
 */
export const toS3Error = (error: unknown, action: S3Action): CodedError => {
  if (isCodedError(error)) return error;
  const sdk = error as SdkError;
  const status = sdk.$metadata?.httpStatusCode;
  const name = nameOf(sdk);
  const code = codeOf(name, status);
  const message = sentences(name, status, action)[code] ?? `The store failed (${name}).`;
  return new CodedError(code, message, {
    context: {
      key: action.key,
      permission: action.permission,
      providerCode: name,
      status,
      attempts: sdk.$metadata?.attempts,
      requestId: sdk.$metadata?.requestId,
    },
  });
};

/** The status a store answered with, if this is an answer of one. */
export const statusOf = (error: unknown): number | undefined => {
  const status = isCodedError(error) ? error.context['status'] : undefined;
  return typeof status === 'number' ? status : undefined;
};
