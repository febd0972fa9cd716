import type { Command } from 'commander';
import { initCrypto } from '#libs/archive';
import { environmentFolders, isFile } from '../archive/environment-folder.js';
import { placeText, type Fault } from '../archive/fault.js';
import { verifyEnvironment, type EnvironmentReport } from '../archive/verify-environment.js';
import { verifyFile } from '../archive/verify-file.js';
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

const reportText = ({
  environment,
  files,
  blocks,
  transactions,
  faults,
  unlisted,
}: EnvironmentReport): string => {
  const good = files.filter(({ ok }) => ok);
  const none = faults.length === 0 ? 'no files yet' : 'nothing is right';
  const right = `${good.length} of ${files.length} ${files.length === 1 ? 'file is' : 'files are'} right`;
  const counts = files.length === 0 ? none : `${right}, ${blocks} blocks, ${transactions} transactions`;
  return [
    `${environment}: ${counts}`,
    ...good.map(({ file, start, end }) => `  ok     ${file}: blocks ${start} to ${end}`),
    ...faults.flatMap(faultLines),
    ...unlisted.map((file) => `  note   ${file}: the history does not name it`),
  ].join('\n');
};

const reportsOf = async (session: Session, source: string): Promise<readonly EnvironmentReport[]> => {
  if (await isFile(source)) return [await verifyFile(source)];
  const reports: EnvironmentReport[] = [];
  for (const folder of await environmentFolders(source)) {
    const report = await verifyEnvironment(folder, (file, index, count) => {
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
    .description('check a backup without the service: history, manifests, digests and every block')
    .argument('<source>', 'a file of blocks, the folder of an environment, or a directory of such folders');
  verify.action(async (source: string) => {
    const { json } = optionsOf(verify);
    await initCrypto();
    const environments = await reportsOf(session, source);
    const faults = environments.reduce((sum, report) => sum + report.faults.length, 0);
    const verdict = faults === 0 ? 'Nothing wrong was found.' : `Found wrong: ${faults}.`;
    await session.show(json, { source, ok: faults === 0, environments }, () =>
      [...environments.map(reportText), verdict].join('\n'),
    );
    if (faults > 0) session.exit = EXIT.foundWrong;
  });
};
