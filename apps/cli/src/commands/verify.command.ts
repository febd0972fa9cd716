import type { Command } from 'commander';
import { createSealReader, type SealReader } from '#libs/archive';
import { environmentFolders, isFile } from '../archive/environment-folder.js';
import { placeText, type Fault } from '../archive/fault.js';
import type { CertificateReport, EntryReport } from '../archive/verify-entry.js';
import { verifyEnvironment, type EnvironmentReport } from '../archive/verify-environment.js';
import { verifyFile } from '../archive/verify-file.js';
import { EXIT, UsageProblem } from '../exit.js';
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
  genesis: 'validators followed from block 0',
  manifest: 'validators from the manifest; verify the whole folder to follow them from block 0',
  nothing: 'validators as the blocks list them, not verified',
};

const goodLines = ({ file, start, end, certificate }: EntryReport): string[] => [
  `  ok     ${file}: blocks ${start} to ${end}`,
  ...(certificate === undefined ? [] : [`         ${certificate.summary}`]),
  ...(certificate === undefined || certificate.verdict === 'confirmed'
    ? []
    : [`         ${ANCHORS[certificate.anchor]}`]),
];

const reportText = ({
  environment,
  files,
  blocks,
  transactions,
  faults,
  unlisted,
}: EnvironmentReport): string => {
  const good = files.filter(({ ok }) => ok);
  const none = faults.length === 0 ? 'no files yet' : 'no file is valid';
  const right = `${good.length} of ${files.length} ${files.length === 1 ? 'file is' : 'files are'} valid`;
  const counts = files.length === 0 ? none : `${right}, ${blocks} blocks, ${transactions} transactions`;
  return [
    `${environment}: ${counts}`,
    ...good.flatMap(goodLines),
    ...faults.flatMap(faultLines),
    ...unlisted.map((file) => `  note   ${file}: not in the history`),
  ].join('\n');
};

const reportsOf = async (
  session: Session,
  { source, genesis }: Readonly<{ source: string; genesis: string | undefined }>,
  reader: SealReader,
): Promise<readonly EnvironmentReport[]> => {
  if (await isFile(source)) return [await verifyFile(source, reader, genesis)];
  if (genesis !== undefined)
    throw new UsageProblem('--genesis works with a single file only.', 'A folder has its own genesis.json.');
  const reports: EnvironmentReport[] = [];
  for (const folder of await environmentFolders(source)) {
    const report = await verifyEnvironment(folder, reader, (file, index, count) => {
      session.terminal.progress(`${folder.name}: ${index + 1} of ${count}: ${file}`);
    });
    reports.push(report);
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
    .option('--genesis <file>', 'the genesis file, for a single block file without one next to it');
  verify.action(async (source: string, { genesis }: Readonly<{ genesis?: string }>) => {
    const { json } = optionsOf(verify);
    const reader = await createSealReader();
    try {
      const environments = await reportsOf(session, { source, genesis }, reader);
      const faults = environments.reduce((sum, report) => sum + report.faults.length, 0);
      const verdict = faults === 0 ? 'No problems found.' : `Problems found: ${faults}.`;
      await session.show(json, { source, ok: faults === 0, environments }, () =>
        [...environments.map(reportText), verdict].join('\n'),
      );
      if (faults > 0) session.exit = EXIT.foundWrong;
    } finally {
      await reader.close();
    }
  });
};
