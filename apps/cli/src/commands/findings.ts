import type { Finding } from '../service/api-client.js';

/** Findings of a check, each with its cure below it. */
export const findingLines = (findings: readonly Finding[], indent = '  '): string[] => {
  const width = Math.max(0, ...findings.map(({ check }) => check.length));
  return findings.flatMap(({ check, result, message, cure }) => [
    `${indent}${result.padEnd(4)}  ${check.padEnd(width)}  ${message}`,
    ...(cure === undefined || result === 'ok' ? [] : [`${indent}      cure: ${cure}`]),
  ]);
};
