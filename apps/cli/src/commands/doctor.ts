import type { Command } from 'commander';
import { CATALOGUE, isCodedError } from '#libs/kernel';
import type { Json } from '#libs/network-file';
import type { ApiClient } from '../api-client.js';
import { withJson, type CliContext, type Shared } from '../context.js';
import { EXIT } from '../exit-codes.js';

type Finding = Readonly<{ check: string; ok: boolean; message: string; cure?: string }>;

const HTTP_OK = 200;
const ERROR_MIN = 400;

const cureOf = (code: unknown): Readonly<{ cure?: string }> =>
  typeof code === 'string' && Object.hasOwn(CATALOGUE, code)
    ? { cure: CATALOGUE[code as keyof typeof CATALOGUE].hint }
    : {};

const troubled = (health: Json, list: string, name: string): Finding[] =>
  ((health[list] ?? []) as readonly Json[])
    .filter(({ code }) => typeof code === 'string')
    .map((item) => ({
      check: `${list} ${String(item[name])}`,
      ok: false,
      message: `${String(item['trouble'] ?? item['state'])}: ${String(item['code'])}`,
      ...cureOf(item['code']),
    }));

const readyFindings = async (api: ApiClient): Promise<Finding[]> => {
  const { status, body } = await api.raw('GET', '/readyz');
  const health = (typeof body === 'object' && body !== null ? body : {}) as Json;
  const code = health['code'];
  const ready: Finding = {
    check: 'ready',
    ok: status === HTTP_OK,
    message:
      status === HTTP_OK ? 'The service is ready.' : `The service is not ready: ${String(code ?? status)}.`,
    ...cureOf(code),
  };
  const version = health['version'];
  return [
    ready,
    ...(typeof version === 'string' ? [{ check: 'version', ok: true, message: version }] : []),
    ...troubled(health, 'environments', 'environment_id'),
    ...troubled(health, 'targets', 'configuration_id'),
  ];
};

const keyFinding = async (api: ApiClient): Promise<Finding> => {
  const { status, body } = await api.raw('GET', '/api/v1/consortia');
  const { detail, code } = (body ?? {}) as Json;
  return status < ERROR_MIN
    ? { check: 'key', ok: true, message: 'The key is accepted.' }
    : { check: 'key', ok: false, message: String(detail ?? status), ...cureOf(code) };
};

const look = async (api: ApiClient): Promise<Finding[]> => {
  try {
    await api.raw('GET', '/livez');
    const reachable = { check: 'reachable', ok: true, message: `The service answers at ${api.url}.` };
    return [reachable, ...(await readyFindings(api)), await keyFinding(api)];
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return [{ check: 'reachable', ok: false, message: error.message, cure: error.hint }];
  }
};

/** `doctor`: what keeps the service from working, each with its cure. */
export const addDoctorCommand = (program: Command, context: CliContext): void => {
  withJson(program.command('doctor'))
    .description('look at the service: reachable, version, ready, key; exit 1 when something is wrong')
    .action(async (options: Shared) => {
      const findings = await look(context.api());
      const ok = findings.every((finding) => finding.ok);
      context
        .output(options)
        .show({ ok, findings }, () =>
          findings.flatMap((finding) => [
            `${finding.ok ? 'ok  ' : 'fail'} ${finding.check}: ${finding.message}`,
            ...(finding.ok || finding.cure === undefined ? [] : [`     cure: ${finding.cure}`]),
          ]),
        );
      if (!ok) context.end(findings[0]?.ok === false ? EXIT.notFinished : EXIT.foundWrong);
    });
};
