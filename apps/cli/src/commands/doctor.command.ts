import type { Command } from 'commander';
import { hintOf } from '#libs/kernel';
import { buildInfo } from '#libs/runtime';
import { EXIT } from '../exit.js';
import type { ApiClient, Finding, Health, Resource, Status } from '../service/api-client.js';
import { optionsOf, type Session } from '../session.js';
import { checkLines, type Row } from './findings.js';

const ok = (check: string, message: string): Row => ({ check, result: 'ok', message });

const RESULTS = { error: 'fail', warning: 'warn', info: 'info' } as const;

const findingRow = (check: string, { severity, code, message, cure }: Finding): Row => ({
  check,
  result: RESULTS[severity],
  message: `${code}: ${message}`,
  cure,
});

const environmentRows = (environment: string, status: Status): readonly Row[] => {
  const check = `environment ${environment}`;
  const { findings, protected_block: end, head_block: head } = status;
  const isWell = findings.every(({ severity }) => severity === 'info');
  const blocks = end === null ? 'Nothing is backed up yet' : `Backed up to block ${end}`;
  const reached = head === null ? 'the head is unknown' : `the validators have reached block ${head}`;
  return [
    ...(isWell ? [ok(check, `${blocks}; ${reached}.`)] : []),
    ...findings.map((finding) => findingRow(check, finding)),
  ];
};

const targetRow = (row: NonNullable<Health['targets']>[number]): Row => {
  const check = `target ${row.configuration_id}`;
  if (row.state !== 'ok') {
    const message = `Deliveries are ${row.state}${row.code === null ? '' : `: ${row.code}`}.`;
    return { check, result: 'fail', message, cure: hintOf(row.code ?? 'TARGET_UNAVAILABLE') };
  }
  return ok(check, `${row.enabled ? 'Enabled' : 'Disabled'}, ${row.delivered_files} files.`);
};

const keyRow = (api: ApiClient, { open, environments }: Health): Row => {
  if (open) return ok('key', 'The demo is open: requests from this machine need no key.');
  if (environments !== undefined) return ok('key', 'The key is valid.');
  const message = api.hasKey ? 'The key is not valid.' : 'No key is set, so details are hidden.';
  const cure = 'Set CHAINKEEP_TOKEN to an operator key. The service printed one when it first started.';
  return { check: 'key', result: 'fail', message, cure };
};

/** Version 0.1 of the service does not report its version. */
const versionRow = (own: string, { version }: Partial<Health>): Row => {
  if (version === own) return ok('version', `The service and the CLI are version ${own}.`);
  const message =
    version === undefined
      ? `The service does not report its version, so it is older than the CLI, which is version ${own}.`
      : `The service is version ${version}, the CLI is version ${own}.`;
  const cure = 'Use the same version of the CLI and the service.';
  return { check: 'version', result: 'warn', message, cure };
};

/** The paths of all environments that the key sees. */
const environmentsOf = async (api: ApiClient): Promise<readonly Readonly<{ id: string; path: string }>[]> => {
  const consortia = (await api.get('/consortia')) as readonly Resource[];
  const lists = await Promise.all(
    consortia.map(async ({ _id }) => {
      const list = `/consortia/${encodeURIComponent(_id)}/environments`;
      const environments = (await api.get(list)) as readonly Resource[];
      return environments.map(({ _id: id }) => ({ id, path: `${list}/${encodeURIComponent(id)}` }));
    }),
  );
  return lists.flat();
};

/** Has the service look at an environment now, its nodes included. */
const look = async (
  api: ApiClient,
  { id, path }: Readonly<{ id: string; path: string }>,
): Promise<readonly Row[]> =>
  environmentRows(id, (await api.get(`${path}/backup/status?thorough=true`)) as Status);

/** Looks at the service; throws SERVICE_UNREACHABLE when there is none. */
const examine = async (api: ApiClient, own: string): Promise<readonly Row[]> => {
  const health = (await api.getAtRoot('/readyz')) as Partial<Health>;
  const { environments, targets = [], open = false } = health;
  // Without a valid key nothing more can be seen, and version 0.1 does not look at anything.
  const places = environments === undefined || health.version === undefined ? [] : await environmentsOf(api);
  const rows = await Promise.all(places.map((place) => look(api, place)));
  return [
    ok('service', `${api.url} is ready.`),
    versionRow(own, health),
    keyRow(api, { ...health, open } as Health),
    ...rows.flat(),
    ...targets.map(targetRow),
  ];
};

/** `chainkeep doctor` */
export const addDoctorCommand = (program: Command, session: Session): void => {
  const doctor = program.command('doctor').description('find problems with the service and how to fix them');
  doctor.action(async () => {
    const { json } = optionsOf(doctor);
    const { version } = await buildInfo(import.meta.url);
    const findings = await examine(await session.api(), version);
    const isWell = findings.every(({ result }) => result === 'ok' || result === 'info');
    await session.show(json, { ok: isWell, findings }, () => checkLines(findings, '').join('\n'));
    if (!isWell) session.exit = EXIT.foundWrong;
  });
};
