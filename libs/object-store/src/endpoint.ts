import { isIPv6 } from 'node:net';
import { CodedError } from '#libs/kernel';

/** Where clouds hand credentials to their own machines: a member must not make this server talk to it. */
const FORBIDDEN = [
  /^169\.254\./,
  /^\[fe[89ab]/,
  /^\[fd00:ec2:/,
  /^metadata\./,
  /^\[::ffff:a9fe:/,
  /^100\.100\.100\.200$/,
];

/**
 * The address of a store as given by whoever registered it. Rejects with INPUT_INVALID what is no plain http(s)
 * address, holds a user or password, or leads to the metadata service of a cloud.
 */
export const checkEndpoint = (name: string, text: string): string => {
  const refuse = (why: string): never => {
    throw new CodedError('INPUT_INVALID', `"${name}" ${why}.`);
  };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return refuse('is not an address');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return refuse('must begin with http:// or https://');
  if (url.username !== '' || url.password !== '') return refuse('must not hold a user or password');
  const host = isIPv6(url.hostname) ? `[${url.hostname}]` : url.hostname;
  if (FORBIDDEN.some((pattern) => pattern.test(host)))
    return refuse('leads to an address that is not allowed');
  return text.replace(/\/+$/, '');
};
