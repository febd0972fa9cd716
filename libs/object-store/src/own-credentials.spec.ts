import { describe, expect, it } from '@jest/globals';
import { BUILT_IN_PROVIDERS } from './adapters/built-in.providers.js';
import { OwnCredentials, type LocalPlaces } from './own-credentials.js';
import { Providers } from './providers.js';

type Details = Readonly<Record<string, unknown>>;

const ISSUED = 'ck-issued';
const ROLE = { role_arn: 'arn:aws:iam::111111111111:role/chainkeep' };
const KEYS = { access_key_id: 'id', secret_access_key: 'secret' };
const STS = 'https://sts.store.example';
const NAMED: Details = {
  endpoint: 'https://store.example',
  bucket: 'named',
  sts_endpoint: STS,
  external_id: 'from-the-file',
  ...ROLE,
};
const local: LocalPlaces = {
  targets: new Map([
    ['named', { provider: 's3', details: NAMED }],
    ['plain', { provider: 'aws', details: { bucket: 'plain' } }],
  ]),
  managed: new Map([['e', { provider: 'aws', details: { bucket: 'managed' } }]]),
  ownCredentials: [
    { bucket: 'allowed' },
    { bucket: 'allowed', endpoint: 'https://other.example' },
    { bucket: 'container', endpoint: 'https://acct.blob.core.windows.net' },
  ],
};
const rules = new OwnCredentials(new Providers(BUILT_IN_PROVIDERS), local);
const admit = (provider: string, details: Details, id = 't', role: 'managed' | 'target' = 'target') =>
  rules.admit({ provider, details, secrets: {}, role }, { id, externalId: ISSUED }).details;

describe("the server's own credentials", () => {
  it.each<[string, string, Details]>([
    ['keys of the member', 'aws', { bucket: 'b', ...KEYS }],
    [
      "a role with the member's keys and its external ID",
      'aws',
      { bucket: 'b', ...KEYS, ...ROLE, external_id: 'mine' },
    ],
    ['an allowed bucket', 'aws', { bucket: 'allowed' }],
    ['an allowed bucket elsewhere', 's3', { bucket: 'allowed', endpoint: 'https://other.example/' }],
    ['a web identity for an allowed bucket', 'aws', { bucket: 'allowed', ...ROLE, web_identity: true }],
    ['an allowed container', 'azure', { container: 'container', storage_account: 'acct' }],
    ['a directory', 'directory', { path: '/srv/copy' }],
  ])('leave %s alone', (_what, provider, details) => {
    expect(admit(provider, details)).toEqual(details);
  });

  it('open what the local file spells out, for that very target or environment', () => {
    expect(admit('s3', NAMED, 'named')).toEqual(NAMED);
    expect(admit('aws', { bucket: 'plain', storage_class: 'GLACIER' }, 'plain')).toMatchObject({
      bucket: 'plain',
    });
    expect(admit('aws', { bucket: 'managed' }, 'e', 'managed')).toEqual({ bucket: 'managed' });
  });

  it.each<[string, Details]>([
    ['AWS', { bucket: 'b', ...ROLE }],
    ['AWS, spelled out', { bucket: 'b', ...ROLE, sts_endpoint: 'https://sts.eu-west-1.amazonaws.com' }],
    ['a sign-in service that the local file names', { bucket: 'b', ...ROLE, sts_endpoint: STS }],
    ['AWS, with the issued external ID', { bucket: 'b', ...ROLE, external_id: ISSUED }],
  ])('assume a role at %s with the external ID made for the member', (_where, details) => {
    expect(admit('aws', details)).toEqual({ ...details, external_id: ISSUED });
  });

  it.each<[string, string, Details, Readonly<{ id?: string; role?: 'managed' | 'target' }>?]>([
    ['the managed bucket', 'aws', { bucket: 'managed' }],
    ["another member's bucket", 'aws', { bucket: 'plain' }],
    ['an endpoint of a member', 's3', { bucket: 'plain', endpoint: 'https://mine.example' }, { id: 'plain' }],
    ['an allowed bucket at another endpoint', 's3', { bucket: 'allowed', endpoint: 'https://mine.example' }],
    ['a sign-in service of a member', 'aws', { bucket: 'b', ...ROLE, sts_endpoint: 'https://mine.example' }],
    ['a store as sign-in service', 's3', { bucket: 'b', endpoint: 'https://mine.example', ...ROLE }],
    ['an external ID of a member', 'aws', { bucket: 'b', ...ROLE, external_id: 'theirs' }],
    [
      'an external ID of a member for an allowed bucket',
      'aws',
      { bucket: 'allowed', ...ROLE, external_id: 'theirs' },
    ],
    ["what the file says of another's", 's3', NAMED, { id: 'other' }],
    ['a web identity', 'aws', { bucket: 'b', ...ROLE, web_identity: true }],
    ['a web identity beside keys', 'aws', { bucket: 'b', ...KEYS, ...ROLE, web_identity: true }],
    ['the identity of this server on Azure', 'azure', { container: 'c', storage_account: 'acct' }],
    ['the managed bucket of another environment', 'aws', { bucket: 'managed' }, { id: 'f', role: 'managed' }],
    ['an object that every object has', 'aws', { bucket: 'managed' }, { id: 'constructor' }],
  ])('are refused for %s', (_what, provider, details, { id = 't', role = 'target' } = {}) => {
    expect(() => admit(provider, details, id, role)).toThrow(
      expect.objectContaining({ code: 'OWN_CREDENTIALS_REFUSED' }),
    );
  });
});
