import { lookup } from 'node:dns';
import { isIPv6, type LookupFunction } from 'node:net';

import { CodedError } from '#libs/kernel';

/** Names under which clouds serve instance credentials. */
const METADATA_HOSTS = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);
const METADATA_ADDRESSES = new Set(['100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254']);

/**
 * Throws `URL_REFUSED` when the URL points at a link-local or a cloud metadata address, however it is spelt
 * (decimal, octal and hexadecimal IPv4, IPv4 inside IPv6), and `NODE_URL_INVALID` when it is no URL.
 */
export const assertUrlAllowed = (url: string): void => {
  if (!URL.canParse(url)) throw new CodedError('NODE_URL_INVALID', 'A URL cannot be parsed.');
  const host = canonicalHost(new URL(url));
  if (isHostRefused(host)) throw refused(host);
};

const refused = (host: string): CodedError =>
  new CodedError('URL_REFUSED', `The address ${host} is link-local or a metadata service.`, {
    context: { host },
  });

/** A name look-up for connections that fails with `URL_REFUSED` when the name leads to a refused address. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, options, (error, address, family) => {
    const found = typeof address === 'string' ? [address] : address.map((entry) => entry.address);
    const isRefused = error === null && found.some(isHostRefused);
    callback(isRefused ? refused(hostname) : error, address, family);
  });
};

/** Is this host name or address (no brackets) refused by the policy? Also fit for addresses a name resolved to. */
export const isHostRefused = (host: string): boolean => {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (METADATA_HOSTS.has(name) || METADATA_ADDRESSES.has(name)) return true;
  if (name.startsWith('169.254.')) return true;
  return isIPv6(name.replace(/%.*$/, '')) && isIpv6Refused(name.replace(/%.*$/, ''));
};

/** The URL parser canonicalises IPv4 spellings only for http and ws schemes, so another scheme is parsed as http. */
const canonicalHost = (url: URL): string => {
  const asHttp = URL.canParse(`http://${url.host}`) ? new URL(`http://${url.host}`) : url;
  return asHttp.hostname.replace(/^\[|\]$/g, '');
};

const isIpv6Refused = (address: string): boolean => {
  const groups = expandIpv6(address);
  const first = groups[0] ?? 0;
  if ((first & 0xffc0) === 0xfe80) return true;
  const high = groups[6] ?? 0;
  const low = groups[7] ?? 0;
  const embedsIpv4 = groups.slice(0, 5).every((group) => group === 0) || first === 0x64;
  if (!embedsIpv4) return false;
  const ipv4 = [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  return ipv4.startsWith('169.254.') || METADATA_ADDRESSES.has(ipv4);
};

/** The eight groups of an address in the form the URL parser writes (no dotted tail is left in it). */
const expandIpv6 = (address: string): number[] => {
  const url = new URL(`http://[${address}]`);
  const [head = '', tail] = url.hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right].map((group) =>
    Number.parseInt(group, 16),
  );
};
