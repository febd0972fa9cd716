import { readFile } from 'node:fs/promises';
import { fromNodeProviderChain, fromTemporaryCredentials, fromWebToken } from '@aws-sdk/credential-providers';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { CodedError } from '#libs/kernel';
import type { S3Settings } from './s3-settings.js';

type Credentials = NonNullable<S3ClientConfig['credentials']>;

const SESSION_SECONDS = 3_600;
const SESSION_NAME = 'chainkeep';

const ownCredentials = (settings: S3Settings): Credentials => {
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token } = settings;
  if (accessKeyId === undefined || secretAccessKey === undefined) return fromNodeProviderChain();
  const sessionToken = session_token === undefined ? {} : { sessionToken: session_token };
  return { accessKeyId, secretAccessKey, ...sessionToken };
};

/** Read anew for every session: the platform replaces the file before its token expires. */
const webIdentity = (settings: S3Settings, roleArn: string): Credentials => {
  return async () => {
    const file = process.env['AWS_WEB_IDENTITY_TOKEN_FILE'];
    const token = file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined);
    if (token === undefined) {
      throw new CodedError(
        'TARGET_CREDENTIALS_REFUSED',
        'AWS_WEB_IDENTITY_TOKEN_FILE of this server names no file that can be read.',
      );
    }
    // The token goes to AWS (or where the operator's environment says), never to an address of a member's choice.
    return fromWebToken({
      roleArn,
      webIdentityToken: token.trim(),
      roleSessionName: SESSION_NAME,
      durationSeconds: SESSION_SECONDS,
      clientConfig: { region: settings.region },
    })();
  };
};

/**
 * How a place is signed in to: static keys or the server's own chain, and a role assumed with either (with its external
 * id) or with a web identity. Sessions are renewed five minutes before they end.
 */
export const credentialsOf = (settings: S3Settings): Credentials => {
  const { role_arn: roleArn, external_id: externalId, sts_endpoint, endpoint, region } = settings;
  if (roleArn === undefined) return ownCredentials(settings);
  if (settings.web_identity) return webIdentity(settings, roleArn);
  const sts = sts_endpoint ?? endpoint;
  return fromTemporaryCredentials({
    params: {
      RoleArn: roleArn,
      RoleSessionName: SESSION_NAME,
      DurationSeconds: SESSION_SECONDS,
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    },
    masterCredentials: ownCredentials(settings),
    clientConfig: { region, ...(sts === undefined ? {} : { endpoint: sts }) },
  });
};
