import { CodedError, isCodedError, type ErrorCode } from '#libs/kernel';

/** One request: the permission it needs, and the key it is about. */
export type AzureAction = Readonly<{ permission: string; key?: string }>;

const CODES: Readonly<Record<string, ErrorCode>> = {
  ContainerNotFound: 'TARGET_PLACE_MISSING',
  ContainerBeingDeleted: 'TARGET_PLACE_MISSING',
  ContainerDisabled: 'TARGET_DENIED',
  AccountIsDisabled: 'TARGET_DENIED',
  AuthenticationFailed: 'TARGET_CREDENTIALS_REFUSED',
  InvalidAuthenticationInfo: 'TARGET_CREDENTIALS_REFUSED',
  NoAuthenticationInformation: 'TARGET_CREDENTIALS_REFUSED',
  KeyBasedAuthenticationNotPermitted: 'TARGET_CREDENTIALS_REFUSED',
  CredentialUnavailableError: 'TARGET_CREDENTIALS_REFUSED',
  AggregateAuthenticationError: 'TARGET_CREDENTIALS_REFUSED',
  AuthenticationRequiredError: 'TARGET_CREDENTIALS_REFUSED',
  Md5Mismatch: 'TARGET_DIGEST_MISMATCH',
  Crc64Mismatch: 'TARGET_DIGEST_MISMATCH',
  BlobImmutableDueToPolicy: 'TARGET_LOCKED',
  BlobImmutableDueToLegalHold: 'TARGET_LOCKED',
  InsufficientAccountPermissions: 'TARGET_DENIED',
};
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'TARGET_CREDENTIALS_REFUSED',
  403: 'TARGET_DENIED',
  507: 'TARGET_FULL',
};
const PASSING_STATUS = new Set([408, 409, 412, 429]);

const codeOf = (name: string, status: number | undefined): ErrorCode => {
  const known = CODES[name] ?? BY_STATUS[status ?? 0];
  if (known !== undefined) return known;
  const isFinal = status !== undefined && status >= 400 && status < 500 && !PASSING_STATUS.has(status);
  return isFinal || status === 501 ? 'TARGET_UNFIT' : 'TARGET_UNAVAILABLE';
};

const sentence = (code: ErrorCode, permission: string, answer: string): string =>
  ({
    TARGET_DENIED: `${permission} is not allowed (${answer}).`,
    TARGET_CREDENTIALS_REFUSED: `The store does not accept the credentials (${answer}).`,
    TARGET_PLACE_MISSING: 'The container does not exist.',
    TARGET_DIGEST_MISMATCH: 'The store received other bytes than were sent.',
    TARGET_LOCKED: 'The object is under an immutability policy.',
  })[code as string] ?? `The store did not do ${permission} (${answer}).`;

type SdkError = Readonly<{ name?: string; code?: string; statusCode?: number }>;

/**
 * The SDK's error as ours. The cause is left out on purpose: it holds the request with its headers and its address, which
 * contains a shared access signature.
 */
export const toAzureError = (error: unknown, { permission, key }: AzureAction): CodedError => {
  if (isCodedError(error)) return error;
  const { code: sent, name, statusCode: status } = error as SdkError;
  const found = sent ?? name ?? 'unknown';
  if (found === 'URL_REFUSED')
    return new CodedError(found, 'The name of the store leads to a refused address.');
  const answer = /^[\w.-]{1,64}$/.test(found) ? found : 'unknown';
  const code = codeOf(answer, status);
  return new CodedError(code, sentence(code, permission, answer), {
    context: { key, permission, providerCode: answer, status },
  });
};

/** The status a store answered with, if this is an answer of one. */
export const azureStatusOf = (error: unknown): number | undefined => {
  const status = isCodedError(error) ? error.context['status'] : undefined;
  return typeof status === 'number' ? status : undefined;
};
