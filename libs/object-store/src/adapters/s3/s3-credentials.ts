import { readFile } from 'node:fs/promises';
import { fromNodeProviderChain, fromTemporaryCredentials, fromWebToken } from '@aws-sdk/credential-providers';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { CodedError, isCodedError } from '#libs/kernel';
import { guardedAgents } from '#libs/outbound';
import { BoundedHandler } from './bounded-handler.js';
import type { S3Settings } from './s3-settings.js';

export type Credentials = NonNullable<S3ClientConfig['credentials']>;
type AwsCredentialIdentity = Awaited<ReturnType<Extract<Credentials, () => unknown>>>;

const SESSION_SECONDS = 3_600;
const SESSION_NAME = 'chainkeep';

/** A sign-in service may be an address of a member's choice. */
const handlerOf = (): BoundedHandler => new BoundedHandler(guardedAgents());

/** A refusal of the sign-in service is not about the bucket's permissions; its error may quote what was sent. */
const named =
  (what: string, provider: () => Promise<AwsCredentialIdentity>) =>
  async (): Promise<AwsCredentialIdentity> => {
    try {
      return await provider();
    } catch (error) {
      if (isCodedError(error)) throw error;
      const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
      const status = $metadata?.httpStatusCode;
      const isAnswer = (status !== undefined && status < 500) || name === 'CredentialsProviderError';
      const code = isAnswer ? 'TARGET_CREDENTIALS_REFUSED' : 'TARGET_UNAVAILABLE';
      const answer = /^\w{1,64}$/.test(name ?? '') ? name : 'unknown';
      throw new CodedError(code, `${what} failed (${answer}).`, {
        context: { providerCode: answer, status },
      });
    }
  };

const ownCredentials = (settings: S3Settings): Credentials => {
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token } = settings;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const chain = fromNodeProviderChain();
    return named("Signing in with this server's own credentials", () => chain());
  }
  const sessionToken = session_token === undefined ? {} : { sessionToken: session_token };
  return { accessKeyId, secretAccessKey, ...sessionToken };
};

/** Read again for every session: the platform replaces the file before its token expires. */
const tokenOfServer = async (file: string | undefined): Promise<string> => {
  const token = file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined);
  if (token !== undefined) return token.trim();
  throw new CodedError(
    'TARGET_CREDENTIALS_REFUSED',
    'The file named by AWS_WEB_IDENTITY_TOKEN_FILE on this server cannot be read.',
  );
};

const webIdentity = (roleArn: string, { region, webIdentityTokenFile }: S3Settings): Credentials =>
  named('Assuming the role with the web identity of this server', async () => {
    // The token goes to AWS (or where the operator's environment says), never to an address of a member's choice.
    const provider = fromWebToken({
      roleArn,
      webIdentityToken: await tokenOfServer(webIdentityTokenFile),
      roleSessionName: SESSION_NAME,
      durationSeconds: SESSION_SECONDS,
      clientConfig: { region, requestHandler: handlerOf() },
    });
    return provider();
  });

/**
 * How a place is signed in to: static keys or the server's own chain, and a role assumed with either (with its external
 * id) or with a web identity. Sessions are renewed five minutes before they end.
 */
export const credentialsOf = (settings: S3Settings): Credentials => {
  const { role_arn: roleArn, external_id: externalId, sts_endpoint, endpoint, region } = settings;
  if (roleArn === undefined) return ownCredentials(settings);
  if (settings.web_identity) return webIdentity(roleArn, settings);
  const sts = sts_endpoint ?? endpoint;
  const provider = fromTemporaryCredentials({
    params: {
      RoleArn: roleArn,
      RoleSessionName: SESSION_NAME,
      DurationSeconds: SESSION_SECONDS,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    },
    masterCredentials: ownCredentials(settings),
    clientConfig: { region, requestHandler: handlerOf(), ...(sts === undefined ? {} : { endpoint: sts }) },
  });
  return named('sts:AssumeRole', () => provider());
};
