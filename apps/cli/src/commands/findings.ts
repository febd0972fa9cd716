import type { Check, Finding } from '../service/api-client.js';

/** A check of `doctor` may also find what is only good to know. */
export type Row = Readonly<{
  check: string;
  result: Check['result'] | 'info';
  message: string;
  cure?: string | undefined;
}>;

/** Rows of a check, each with its cure below it. */
export const checkLines = (rows: readonly Row[], indent = '  '): string[] => {
  const width = Math.max(0, ...rows.map(({ check }) => check.length));
  return rows.flatMap(({ check, result, message, cure }) => [
    `${indent}${result.padEnd(4)}  ${check.padEnd(width)}  ${message}`,
    ...(cure === undefined || result === 'ok' ? [] : [`${indent}      cure: ${cure}`]),
  ]);
};

/** Findings in words, each with its cure below it. */
export const findingLines = (findings: readonly Finding[], indent = '  '): string[] =>
  findings.flatMap(({ severity, code, message, cure }) => [
    `${indent}${severity} ${code}: ${message}`,
    `${indent}  cure: ${cure}`,
  ]);
