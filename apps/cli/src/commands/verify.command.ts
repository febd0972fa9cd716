import type { Command } from 'commander';
import { createSealReader, type SealReader } from '#libs/archive';
import { environmentFolders, isFile } from '../archive/environment-folder.js';
import { placeText, type Fault } from '../archive/fault.js';
import type { CertificateReport, EntryReport } from '../archive/verify-entry.js';
import { verifyEnvironment, type EnvironmentReport } from '../archive/verify-environment.js';
import { verifyFile } from '../archive/verify-file.js';
import { readGivenGenesis } from '../archive/genesis-check.js';
import { EXIT } from '../exit.js';
import { optionsOf, type Session } from '../session.js';

const faultLines = (fault: Fault): string[] => {
  const { file, code, message, hint, expected, actual } = fault;
  return [
    `  wrong  ${file}: ${code}${placeText(fault)}`,
    `         ${message}`,
    ...(expected === undefined || actual === undefined
      ? []
      : [`         expected ${expected}`, `         found    ${actual}`]),
    `         cure: ${hint}`,
  ];
};

const ANCHORS: Readonly<Record<CertificateReport['anchor'], string>> = {
  genesis: 'validators followed from block 0 of the genesis document',
  'block-0': 'validators as block 0 itself lists them; no genesis document vouches for them',
  nodes: 'validators chosen by a contract, as nodes stated them',
  manifest: 'validators from the manifest; verify the whole folder to follow them from block 0',
  nothing: 'validators as the blocks list them, not verified',
};

const goodLines = ({ file, start, end, certificate, level, notes }: EntryReport): string[] => [
  `  ok     ${file}: blocks ${start} to ${end}${level === undefined ? '' : `, ${level}`}`,
  ...(certificate === undefined ? [] : [`         ${certificate.summary}`]),
  ...(certificate === undefined || certificate.verdict === 'confirmed'
    ? []
    : [`         ${ANCHORS[certificate.anchor]}`]),
  ...notes.map((note) => `         note: ${note}`),
];

/** What the whole amounts to, in words. */
const levelLines = ({ level, genesis, files }: EnvironmentReport): string[] => {
  const isSealed = files.some(
    ({ certificate }) => certificate !== undefined && certificate.verdict !== 'confirmed',
  );
  const of = genesis === undefined ? [] : [`  genesis ${genesis.file}: sha256 ${genesis.sha256}`];
  if (level === undefined || !files.some(({ ok }) => ok)) return of;
  const missing =
    '  UNPROVEN: there is no genesis document, so only block 0 itself says who the first validators are. ' +
    'Pass your own with --genesis.';
  const levels = {
    proved: '  proved: seals by validators that were followed from the genesis document',
    stated: '  stated: seals by validators that block 0, nodes or a manifest stated',
    confirmed: isSealed
      ? '  UNPROVEN: the seals do not prove every file; the weakest is only confirmed by validators'
      : '  confirmed: no seals to check; only validators confirmed the blocks when they were backed up',
  };
  return [...of, levels[level], ...(genesis === undefined && isSealed ? [missing] : [])];
};

const endText = ({ files }: EnvironmentReport): string => {
  const end = files.reduce((highest, each) => Math.max(highest, each.ok ? each.end : -1), -1);
  return end < 0 ? '' : `, up to block ${end}`;
};

const reportText = (report: EnvironmentReport): string => {
  const { environment, files, blocks, transactions, faults, notes } = report;
  const good = files.filter(({ ok }) => ok);
  const none = faults.length === 0 ? 'no files yet' : 'no file is valid';
  const right = `${good.length} of ${files.length} ${files.length === 1 ? 'file is' : 'files are'} valid`;
  const counts =
    files.length === 0 ? none : `${right}, ${blocks} blocks, ${transactions} transactions${endText(report)}`;
  return [
    `${environment}: ${counts}`,
    ...levelLines(report),
    ...good.flatMap(goodLines),
    ...faults.flatMap(faultLines),
    ...notes.map((note) => `  note   ${note}`),
  ].join('\n');
};

/** The last line: what is wrong, else what is not proved. */
const verdictText = (environments: readonly EnvironmentReport[], faults: number): string => {
  if (faults > 0) return `Problems found: ${faults}.`;
  const weaker = environments.filter(({ level }) => level !== undefined && level !== 'proved');
  if (weaker.length === 0) return 'No problems found.';
  const named = weaker.map(({ environment, level }) => `${environment} (${level ?? ''})`).join(', ');
  return `The files are intact. Not proved by seals and genesis: ${named}.`;
};

const reportsOf = async (
  session: Session,
  { source, genesis: path }: Readonly<{ source: string; genesis: string | undefined }>,
  reader: SealReader,
): Promise<readonly EnvironmentReport[]> => {
  const genesis = path === undefined ? undefined : await readGivenGenesis(path);
  if (await isFile(source)) return [await verifyFile(source, reader, genesis)];
  const reports: EnvironmentReport[] = [];
  for (const folder of await environmentFolders(source)) {
    const onFile = (file: string, index: number, count: number): void => {
      session.terminal.progress(`${folder.name}: ${index + 1} of ${count}: ${file}`);
    };
    reports.push(await verifyEnvironment(folder, reader, { genesis, onFile }));
  }
  return reports;
};

/** `chainkeep verify SOURCE` */
export const addVerifyCommand = (program: Command, session: Session): void => {
  const verify = program
    .command('verify')
    .description(
      'verify a backup without the service: history, manifests, digests, every block and its seals',
    )
    .argument('<source>', 'a block file, the folder of an environment, or a directory of such folders')
    .option('--genesis <file>', 'judge by this genesis file instead of the one next to the blocks');
  verify.action(async (source: string, { genesis }: Readonly<{ genesis?: string }>) => {
    const { json } = optionsOf(verify);
    const reader = await createSealReader();
    try {
      const environments = await reportsOf(session, { source, genesis }, reader);
      const faults = environments.reduce((sum, report) => sum + report.faults.length, 0);
      await session.show(json, { source, ok: faults === 0, environments }, () =>
        [...environments.map(reportText), verdictText(environments, faults)].join('\n'),
      );
      if (faults > 0) session.exit = EXIT.foundWrong;
    } finally {
      await reader.close();
    }
  });
};
