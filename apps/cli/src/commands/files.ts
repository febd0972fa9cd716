import type { Command } from 'commander';
import { hasCode } from '#libs/kernel';
import { inspectFile } from '../archive/inspect-file.js';
import { verifySource, type Fault, type Verified } from '../archive/verify-source.js';
import { withJson, type CliContext, type Shared } from '../context.js';
import { EXIT } from '../exit-codes.js';
import type { Output } from '../output.js';

const inspect = async (context: CliContext, files: readonly string[], options: Shared): Promise<void> => {
  const output = context.output(options);
  for (const file of files) {
    try {
      for await (const block of inspectFile(file)) {
        const { number, hash, parent_hash: parent, transactions, consensus, signer } = block;
        output.show(block, () => [
          `${number} ${hash} parent ${parent} transactions ${transactions} ${consensus}` +
            (signer === undefined ? '' : ` signer ${signer}`),
        ]);
      }
    } catch (error) {
      if (hasCode(error, 'INPUT_INVALID')) throw error;
      output.error(error);
      context.end(EXIT.foundWrong);
    }
  }
};

const faultLine = ({ file, code, message, offset, block }: Fault): string => {
  const places = [
    ...(offset === undefined ? [] : [`byte ${offset}`]),
    ...(block === undefined ? [] : [`block ${block}`]),
  ];
  return `  wrong ${file}${places.length === 0 ? '' : ` (${places.join(', ')})`}: ${code}: ${message}`;
};

const show = (output: Output, result: Verified): void => {
  const { source, files, blocks, bytes, faults } = result;
  output.show({ ok: faults.length === 0, ...result }, () => [
    `${source}: ${files} files, ${blocks} blocks, ${bytes} bytes: ${faults.length === 0 ? 'all right' : `${faults.length} found wrong`}`,
    ...faults.map(faultLine),
  ]);
};

const verify = async (context: CliContext, source: string, options: Shared): Promise<void> => {
  const output = context.output(options);
  const results = await verifySource(source, (file) => {
    output.progress(`checking ${file}`);
  });
  output.progress('');
  for (const result of results) show(output, result);
  if (results.some(({ faults }) => faults.length > 0)) context.end(EXIT.foundWrong);
};

/** `inspect` and `verify`: work on files alone, without a service. */
export const addFileCommands = (program: Command, context: CliContext): void => {
  withJson(program.command('inspect <file...>'))
    .description(
      'show every block of block files, plain or gzip; needs no service (--json: one object a line)',
    )
    .action((files: string[], options: Shared) => inspect(context, files, options));
  withJson(program.command('verify <source>'))
    .description('check a file, the folder of an environment, or a bucket of several; needs no service')
    .action((source: string, options: Shared) => verify(context, source, options));
};
