import type { Command } from 'commander';
import { checkBlock, createBlockSplitter, type CheckedBlock, type SplitBlock } from '#libs/archive';
import { CodedError, isCodedError } from '#libs/kernel';
import { placeText, faultOf } from '../archive/fault.js';
import {
  createInspector,
  givenValidators,
  type GivenValidators,
  type InspectedSeals,
} from '../archive/inspect-judge.js';
import { readSegmentBytes } from '../archive/segment-bytes.js';
import { errorText, EXIT } from '../exit.js';
import { optionsOf, type Session } from '../session.js';
import type { Terminal } from '../terminal/terminal.js';

const signersOf = ({ seals }: InspectedSeals): string[] =>
  seals.seals.map(({ signer }) => signer ?? 'no-signature');

const sealsText = (inspected: InspectedSeals): string => {
  const signers = signersOf(inspected);
  if (signers.length === 0) return '';
  return `  ${signers.length === 1 ? 'signer' : 'signers'} ${signers.join(' ')}`;
};

const judgedText = ({ judged }: InspectedSeals): string => {
  if (judged === undefined || judged.verdict === 'none') return '';
  const { signers, needed, validators, verdict, fault } = judged;
  const reached = verdict === 'valid' || verdict === 'valid-legacy' ? 'reached' : 'NOT reached';
  const wrong = fault === undefined ? '' : ` (${fault.code}: ${fault.message})`;
  return `  quorum ${reached}: ${signers.length} of ${validators} sealed, ${needed} needed, ${verdict}${wrong}`;
};

const lineOf = (block: CheckedBlock, inspected: InspectedSeals): string => {
  const { number, hash, parentHash, transactions, consensus } = block;
  const count = `${transactions} ${transactions === 1 ? 'transaction' : 'transactions'}`;
  const head = `${number}  ${hash}  parent ${parentHash}  ${count}  ${consensus}`;
  return `${head}${sealsText(inspected)}${judgedText(inspected)}`;
};

const quorumOf = ({ judged }: InspectedSeals): object | null => {
  if (judged === undefined || judged.verdict === 'none') return null;
  const { signers, needed, validators, verdict, fault } = judged;
  return {
    reached: verdict === 'valid' || verdict === 'valid-legacy',
    verdict,
    signers: signers.length,
    needed,
    validators,
    ...(fault === undefined ? {} : { code: fault.code, message: fault.message }),
  };
};

const jsonOf = (
  place: Readonly<{ file: string; offset: number }>,
  block: CheckedBlock,
  inspected: InspectedSeals,
) => {
  const signers = signersOf(inspected);
  return {
    ...place,
    bytes: block.bytes,
    number: block.number,
    hash: block.hash,
    parent_hash: block.parentHash,
    timestamp: block.timestamp,
    consensus: block.consensus,
    transactions: block.transactions,
    signer: block.consensus === 'clique' ? (signers[0] ?? null) : null,
    signers,
    validators: inspected.seals.listed,
    quorum: quorumOf(inspected),
  };
};

const withPlace = (error: unknown, file: string, raw: SplitBlock): unknown => {
  if (!isCodedError(error)) return error;
  const inside = error.context['offset'];
  const offset = raw.offset + (typeof inside === 'number' ? inside : 0);
  return new CodedError(error.code, error.message, { context: { ...error.context, offset, source: file } });
};

type Inspection = Readonly<{ terminal: Terminal; given: GivenValidators; isJson: boolean }>;

/** Prints every block of a file; false when the seals of one do not reach the quorum. */
const inspectFile = async ({ terminal, given, isJson }: Inspection, file: string): Promise<boolean> => {
  const splitter = createBlockSplitter();
  const inspect = await createInspector(file, given);
  let isSealed = true;
  for await (const chunk of readSegmentBytes(file)) {
    for (const raw of splitter.push(chunk)) {
      // The reader is gone (head), so the rest is skipped.
      if (terminal.isClosed) return isSealed;
      try {
        const block = checkBlock(raw.bytes);
        const inspected = inspect(raw.bytes);
        if (inspected.judged?.fault !== undefined) isSealed = false;
        const place = { file, offset: raw.offset };
        await (isJson
          ? terminal.json(jsonOf(place, block, inspected))
          : terminal.line(lineOf(block, inspected)));
      } catch (error) {
        throw withPlace(error, file, raw);
      }
    }
  }
  splitter.finish();
  return isSealed;
};

/** `chainkeep inspect FILE...` */
export const addInspectCommand = (program: Command, session: Session): void => {
  const inspect = program
    .command('inspect')
    .description('print every block of a file: number, hash, parent, transactions, signers')
    .argument('<files...>', 'block files (RLP, plain or gzip), as clients export them')
    .option('--genesis <file>', 'check the seals against the validators and rules of this genesis file')
    .option('--validators <addresses>', 'check the seals against these validators (comma-separated)');
  inspect.action(
    async (files: readonly string[], options: Readonly<{ genesis?: string; validators?: string }>) => {
      const { json: isJson } = optionsOf(inspect);
      const inspection = { terminal: session.terminal, given: await givenValidators(options), isJson };
      for (const file of files) {
        try {
          if (!(await inspectFile(inspection, file))) session.exit = EXIT.foundWrong;
        } catch (error) {
          if (!isCodedError(error) || error.code === 'INPUT_INVALID') throw error;
          const place = placeText(faultOf(file, error));
          const message = `${file}: ${error.message.replace(/\.$/, '')}${place}.`;
          session.terminal.note(errorText(new CodedError(error.code, message)));
          session.exit = EXIT.foundWrong;
        }
      }
    },
  );
};
