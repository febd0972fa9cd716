import type { Command } from 'commander';
import { CATALOGUE } from '#libs/kernel';
import { buildInfo } from '#libs/runtime';
import { EXIT } from '../exit.js';
import type { ApiClient, Finding, Health } from '../service/api-client.js';
import { optionsOf, type Session } from '../session.js';
import { findingLines } from './findings.js';

const cureOf = (code: string | null): Readonly<{ cure?: string }> => {
  const known = (CATALOGUE as Readonly<Record<string, Readonly<{ hint: string }>>>)[code ?? ''];
  return known === undefined ? {} : { cure: known.hint };
};

const ok = (check: string, message: string): Finding => ({ check, result: 'ok', message });

const environmentFinding = (row: NonNullable<Health['environments']>[number]): Finding => {
  const check = `environment ${row.environment_id}`;
  if (row.trouble !== null) {
    const message = `The last run is ${row.trouble}${row.code === null ? '' : `: ${row.code}`}.`;
    return { check, result: 'fail', message, ...cureOf(row.code) };
  }
  if (row.overdue_since !== null) {
    const cure = 'Run "chainkeep backup status" and check the log of the service.';
    return { check, result: 'fail', message: `No run succeeded since ${row.overdue_since}.`, cure };
  }
  if (!row.enabled)
    return {
      check,
      result: 'warn',
      message: 'Backups are turned off.',
      cure: 'Run "chainkeep backup enable".',
    };
  return ok(
    check,
    `Backed up to block ${row.protected_block ?? 'none'}, head ${row.head_block ?? 'unknown'}.`,
  );
};

const targetFinding = (row: NonNullable<Health['targets']>[number]): Finding => {
  const check = `target ${row.configuration_id}`;
  if (row.state !== 'ok') {
    const message = `Deliveries are ${row.state}${row.code === null ? '' : `: ${row.code}`}.`;
    return { check, result: 'fail', message, ...cureOf(row.code) };
  }
  return ok(check, `${row.enabled ? 'Enabled' : 'Disabled'}, ${row.delivered_files} files.`);
};

const keyFinding = (api: ApiClient, { open, environments }: Health): Finding => {
  if (open) return ok('key', 'The demo is open: requests from this machine need no key.');
  if (environments !== undefined) return ok('key', 'The key is valid.');
  const message = api.hasKey ? 'The key is not valid.' : 'No key is set, so details are hidden.';
  const cure = 'Set CHAINKEEP_TOKEN to an operator key. The service printed one when it first started.';
  return { check: 'key', result: 'fail', message, cure };
};

/** Version 0.1 of the service does not report its version. */
const versionFinding = (own: string, { version }: Partial<Health>): Finding => {
  if (version === own) return ok('version', `The service and the CLI are version ${own}.`);
  const message =
    version === undefined
      ? `The service does not report its version, so it is older than the CLI, which is version ${own}.`
      : `The service is version ${version}, the CLI is version ${own}.`;
  const cure = 'Use the same version of the CLI and the service.';
  return { check: 'version', result: 'warn', message, cure };
};

/** Looks at the service; throws SERVICE_UNREACHABLE when there is none. */
const examine = async (api: ApiClient, own: string): Promise<readonly Finding[]> => {
  const health = (await api.getAtRoot('/readyz')) as Health;
  return [
    ok('service', `${api.url} is ready.`),
    versionFinding(own, health),
    keyFinding(api, health),
    ...(health.environments ?? []).map(environmentFinding),
    ...(health.targets ?? []).map(targetFinding),
  ];
};

/** `chainkeep doctor` */
export const addDoctorCommand = (program: Command, session: Session): void => {
  const doctor = program.command('doctor').description('find problems with the service and how to fix them');
  doctor.action(async () => {
    const { json } = optionsOf(doctor);
    const { version } = await buildInfo(import.meta.url);
    const findings = await examine(await session.api(), version);
    const isWell = findings.every(({ result }) => result !== 'fail');
    await session.show(json, { ok: isWell, findings }, () => findingLines(findings, '').join('\n'));
    if (!isWell) session.exit = EXIT.foundWrong;
  });
};
