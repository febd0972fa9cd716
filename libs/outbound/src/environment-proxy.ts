import { bareHost } from './url-policy.js';

/** `.example.com` and `*.example.com` mean the domain and all names below it, `*` every host, else one host. */
const exempts = (host: string, pattern: string): boolean => {
  if (pattern === '*') return true;
  const domain = pattern.startsWith('*.') ? pattern.slice(1) : pattern;
  return domain.startsWith('.')
    ? host === domain.slice(1) || host.endsWith(domain)
    : host === bareHost(domain);
};

/** Does the list of `NO_PROXY` (patterns between commas) say that a host is connected to without the proxy? */
export const isExemptFromProxy = (host: string, noProxy: string | undefined): boolean => {
  const name = bareHost(host).toLowerCase();
  const patterns = (noProxy ?? '').toLowerCase().split(',');
  return patterns.some((pattern) => exempts(name, pattern.trim()));
};
