import { isIPv6 } from 'node:net';
import { CodedError } from '#libs/kernel';

/** Names under which clouds serve credentials to their machines. */
const METADATA_HOSTS = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);
/** Metadata services outside the link-local range: Alibaba, Oracle Cloud Classic, Azure's wire server. */
const METADATA_IPV4 = new Set(['100.100.100.200', '192.0.0.192', '168.63.129.16']);
/** Google, Oracle, Scaleway and Linode; AWS has a whole range. */
const METADATA_IPV6 = new Set(['fd20:ce::254', 'fd00:c1::a9fe:a9fe', 'fd00:42::42', 'fd00:a9fe:a9fe::1']);
const AWS_SERVICES = { first: 0xfd00, second: 0x0ec2 };

/**
 * Throws `URL_REFUSED` when the URL leads to a link-local or a cloud metadata address, however it is spelled (decimal,
 * octal and hexadecimal IPv4, IPv4 inside IPv6), and `NODE_URL_INVALID` when it cannot be parsed. A name that leads to
 * such an address is refused when it is looked up: connect with the guarded connections of this lib.
 */
export const assertUrlAllowed = (url: string): void => {
  if (!URL.canParse(url)) throw new CodedError('NODE_URL_INVALID', 'A URL cannot be parsed.');
  const host = canonicalHost(new URL(url));
  if (isHostRefused(host)) throw refusedHost(host);
};

export const refusedHost = (host: string): CodedError =>
  new CodedError('URL_REFUSED', `The address ${host} is link-local or a metadata service.`, {
    context: { host },
  });

/** Does the policy refuse this host name or address? Also for addresses that a name resolved to. */
export const isHostRefused = (host: string): boolean => {
  const name = bareHost(host).toLowerCase().replace(/\.$/, '');
  if (METADATA_HOSTS.has(name) || isIpv4Refused(name)) return true;
  const address = name.replace(/%.*$/, '');
  return isIPv6(address) && isIpv6Refused(address);
};

/** The host without the brackets of an IPv6 address. */
export const bareHost = (host: string): string => host.replace(/^\[|\]$/g, '');

/** The URL parser canonicalises IPv4 spellings only for http and ws schemes, so another scheme is parsed as http. */
const canonicalHost = (url: URL): string => {
  const asHttp = URL.canParse(`http://${url.host}`) ? new URL(`http://${url.host}`) : url;
  return bareHost(asHttp.hostname);
};

const isIpv4Refused = (address: string): boolean =>
  address.startsWith('169.254.') || METADATA_IPV4.has(address);

const isIpv6Refused = (address: string): boolean => {
  // The form the URL parser writes: shortest, and without a dotted tail.
  const canonical = bareHost(new URL(`http://[${address}]`).hostname);
  const groups = groupsOf(canonical);
  const [first = 0, second = 0] = groups;
  const isLinkLocal = (first & 0xffc0) === 0xfe80;
  const isAws = first === AWS_SERVICES.first && second === AWS_SERVICES.second;
  return isLinkLocal || isAws || METADATA_IPV6.has(canonical) || embeddedIpv4(groups).some(isIpv4Refused);
};

/** The eight groups of an address. */
const groupsOf = (canonical: string): number[] => {
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right].map((group) =>
    Number.parseInt(group, 16),
  );
};

/** The IPv4 addresses that an IPv6 address may stand for on some network. */
const embeddedIpv4 = (groups: readonly number[]): string[] => {
  const at = (index: number): number => groups[index] ?? 0;
  const found: string[] = [];
  const isZeroUpTo = (end: number): boolean => groups.slice(0, end).every((group) => group === 0);
  // Compatible (::a.b.c.d), mapped (::ffff:a.b.c.d) and translated (::ffff:0:a.b.c.d).
  if (isZeroUpTo(4)) found.push(dotted(at(6), at(7)));
  // NAT64 (RFC 6052): the last 32 bits, or on both sides of the reserved byte for a prefix of 48 bits (RFC 8215).
  if (at(0) === 0x64 && at(1) === 0xff9b) {
    found.push(dotted(at(6), at(7)), dotted(at(3), ((at(4) & 0xff) << 8) | (at(5) >> 8)));
  }
  // 6to4.
  if (at(0) === 0x2002) found.push(dotted(at(1), at(2)));
  // ISATAP.
  if ((at(4) & 0xfdff) === 0 && at(5) === 0x5efe) found.push(dotted(at(6), at(7)));
  return found;
};

const dotted = (high: number, low: number): string =>
  [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
