import type { Command } from 'commander';
import {
  checkBlock,
  cliqueSigner,
  createBlockSplitter,
  initCrypto,
  type CheckedBlock,
  type SplitBlock,
} from '#libs/archive';
import { CodedError, isCodedError, type Hex } from '#libs/kernel';
import { placeText, faultOf } from '../archive/fault.js';
import { readSegmentBytes } from '../archive/segment-bytes.js';
import { errorText, EXIT } from '../exit.js';
import { optionsOf, type Session } from '../session.js';
import type { Terminal } from '../terminal/terminal.js';

const GENESIS = 0n;

/** Who sealed a block, where its header says so. */
const signerOf = ({ consensus, number }: CheckedBlock, bytes: Uint8Array): Hex | null =>
  consensus === 'clique' && number !== GENESIS ? cliqueSigner(bytes).signer : null;

const lineOf = (block: CheckedBlock, signer: Hex | null): string => {
  const { number, hash, parentHash, transactions, consensus } = block;
  const count = `${transactions} ${transactions === 1 ? 'transaction' : 'transactions'}`;
  return `${number}  ${hash}  parent ${parentHash}  ${count}  ${consensus}${signer === null ? '' : ` ${signer}`}`;
};

const jsonOf = (file: string, raw: SplitBlock, block: CheckedBlock, signer: Hex | null): object => ({
  file,
  offset: raw.offset,
  bytes: block.bytes,
  number: block.number,
  hash: block.hash,
  parent_hash: block.parentHash,
  timestamp: block.timestamp,
  consensus: block.consensus,
  transactions: block.transactions,
  signer,
});

const withPlace = (error: unknown, file: string, raw: SplitBlock): unknown => {
  if (!isCodedError(error)) return error;
  const inside = error.context['offset'];
  const offset = raw.offset + (typeof inside === 'number' ? inside : 0);
  return new CodedError(error.code, error.message, { context: { ...error.context, offset, source: file } });
};

const inspectFile = async (terminal: Terminal, file: string, isJson: boolean): Promise<void> => {
  const splitter = createBlockSplitter();
  for await (const chunk of readSegmentBytes(file)) {
    for (const raw of splitter.push(chunk)) {
      // Nobody reads any more (head): the rest is not looked at.
      if (terminal.isClosed) return;
      try {
        const block = checkBlock(raw.bytes);
        const signer = signerOf(block, raw.bytes);
        await (isJson
          ? terminal.json(jsonOf(file, raw, block, signer))
          : terminal.line(lineOf(block, signer)));
      } catch (error) {
        throw withPlace(error, file, raw);
      }
    }
  }
  splitter.finish();
};

/** `chainkeep inspect FILE...` */
export const addInspectCommand = (program: Command, session: Session): void => {
  const inspect = program
    .command('inspect')
    .description('every block of plain or gzip files: number, hash, parent, transactions and signer')
    .argument('<files...>', 'files of blocks (RLP), as clients export them');
  inspect.action(async (files: readonly string[]) => {
    const { json } = optionsOf(inspect);
    await initCrypto();
    for (const file of files) {
      try {
        await inspectFile(session.terminal, file, json);
      } catch (error) {
        if (!isCodedError(error) || error.code === 'INPUT_INVALID') throw error;
        const place = placeText(faultOf(file, error));
        const message = `${file}: ${error.message.replace(/\.$/, '')}${place}.`;
        session.terminal.note(errorText(new CodedError(error.code, message)));
        session.exit = EXIT.foundWrong;
      }
    }
  });
};
