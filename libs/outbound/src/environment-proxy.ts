const NAMES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'];

/** Does the operator's environment name a proxy for outgoing connections, in upper or lower case? */
export const isProxiedByEnvironment = (environment: Readonly<Record<string, string | undefined>>): boolean =>
  NAMES.some((name) => (environment[name] ?? environment[name.toLowerCase()] ?? '') !== '');
