import { isCodedError } from '#libs/kernel';

import type { AnswerMeter } from './answer-meter.js';
import { LARGE_ANSWERS, ORDINARY_ANSWERS, type Share } from './byte-budget.js';
import { HexStream } from './hex-stream.js';
import { nodeError, type NodeLabel } from './node-identity.js';
import type { ParsedAnswer } from './rpc-answer.js';
import type { SendOptions } from './rpc-transport.js';

export type ReadAnswer = Readonly<{ bytes: Uint8Array; into: HexStream | undefined }>;

/** Sends a question with these bounds. */
export type Send = (
  options: Partial<SendOptions> & Pick<SendOptions, 'responseBytesMax' | 'signal'>,
) => Promise<Uint8Array>;

type Large = Readonly<{
  label: NodeLabel;
  /** Of the block, not of its text. */
  blockBytesMax: number;
  isHex: boolean;
  signal: AbortSignal | undefined;
  /** Holds the memory of the answer until it was used. */
  meter: AnswerMeter;
  /** Did the node's last large answer fail? Then it waits for everybody else. */
  isLast: boolean;
  onWaited: (ms: number) => void;
}>;

/** Around the digits of a block there is little. */
const AROUND_BYTES = 64 * 1024;
/** A block as JSON has two digits a byte, and the names of its fields. */
const JSON_FACTOR = 3;
/** How long an answer may wait for the memory that answers of other nodes hold, in ms. */
const TURN_MS = 5 * 60_000;
/** An answer up to this isn't counted, so that surveys never wait for the memory of blocks. */
const UNCOUNTED_BYTES = 256 * 1024;

type Ordinary = Readonly<{
  label: NodeLabel;
  responseBytesMax: number;
  signal: AbortSignal | undefined;
  onWaited: (ms: number) => void;
  /** Is the answer asked for as a large one when it does not fit? */
  mayBeLarge: boolean;
}>;

/**
 * Asks with a bound on the answer, whose bytes are counted as they come. When there is no memory for them the answer is
 * given up and asked for again in its turn. Throws as the transport does, and `NODE_ANSWER_TOO_LARGE` for what may be
 * large when there is no memory for it.
 */
export const sendForOrdinary = async (question: Ordinary, send: Send): Promise<ReadAnswer> => {
  const { label, responseBytesMax, signal, mayBeLarge } = question;
  const share = ORDINARY_ANSWERS.share();
  const either = eitherOf(signal, share.signal);
  let hasRoom = true;
  const onBytes = (bytes: number): void => {
    share.onBytes(bytes);
    hasRoom = share.came <= Math.max(share.held, UNCOUNTED_BYTES) || share.tryTake(share.came - share.held);
    if (!hasRoom) throw nodeError('NODE_ANSWER_TOO_LARGE', label, 'sends more than there is memory for now');
  };
  const attempt = (): Promise<Uint8Array> => send({ responseBytesMax, signal: either, onBytes });
  try {
    const bytes = await attempt().catch(async (error: unknown) => {
      if (hasRoom || mayBeLarge) throw error;
      share.restart();
      await waitForTurn(share, responseBytesMax, question);
      return attempt();
    });
    return { bytes, into: undefined };
  } catch (error) {
    throw lossOf(share, label) ?? error;
  } finally {
    share.release();
  }
};

/**
 * Asks for one block that is larger than an ordinary answer, under the budget of all nodes of the process. Waits for its
 * turn, which is not the node's fault, up to five minutes; the meter holds the memory until the block was used.
 * Throws as the transport does, and `NODE_TIMEOUT` when its turn does not come.
 */
export const sendForLarge = (large: Large, send: Send): Promise<ReadAnswer> => {
  const startedMs = performance.now();
  return large.meter.inTurn(() => {
    large.onWaited(performance.now() - startedMs);
    return sendInTurn(large, send);
  });
};

const sendInTurn = async (large: Large, send: Send): Promise<ReadAnswer> => {
  const { label, blockBytesMax, isHex, meter, signal } = large;
  const share = LARGE_ANSWERS.share(large.isLast);
  let isLarge = false;
  try {
    await waitForTurn(share, isHex ? blockBytesMax : Infinity, large);
    const into = isHex ? new HexStream(blockBytesMax) : undefined;
    const responseBytesMax = blockBytesMax * (isHex ? 2 : JSON_FACTOR) + AROUND_BYTES;
    const bytes = await send({
      responseBytesMax,
      signal: eitherOf(signal, share.signal),
      into,
      onBytes: (count) => {
        share.onBytes(count);
      },
      isRepeatable: false,
    });
    share.onWhole();
    isLarge = share.came > UNCOUNTED_BYTES;
    return { bytes, into };
  } catch (error) {
    const loss = lossOf(share, label);
    if (loss) throw loss;
    if (!isCodedError(error) || error.context['node'] !== undefined) throw error;
    throw nodeError(error.code, label, `gave an answer that cannot be used: ${error.message}`);
  } finally {
    if (isLarge) meter.hold(share);
    else share.release();
  }
};

const waitForTurn = async (
  share: Share,
  bytes: number,
  { label, signal, onWaited }: Pick<Large, 'label' | 'signal' | 'onWaited'>,
): Promise<void> => {
  const patience = AbortSignal.timeout(TURN_MS);
  const startedMs = performance.now();
  try {
    await share.take(bytes, eitherOf(signal, patience));
  } catch (error) {
    if (!patience.aborted) throw error;
    throw nodeError(
      'NODE_TIMEOUT',
      label,
      `had to wait ${TURN_MS} ms for the memory that answers of other nodes hold`,
    );
  } finally {
    onWaited(performance.now() - startedMs);
  }
};

const eitherOf = (signal: AbortSignal | undefined, own: AbortSignal): AbortSignal =>
  signal === undefined ? own : AbortSignal.any([signal, own]);

/** Why an answer was given up, when the budget did that. */
const lossOf = (share: Share, label: NodeLabel): Error | undefined =>
  share.signal.aborted
    ? nodeError(
        'NODE_TIMEOUT',
        label,
        'sends an answer too slowly while others wait for the memory that it holds',
      )
    : undefined;

/** The answer with the result that was read apart from it. */
export const withResult = (answer: ParsedAnswer<Uint8Array>, into: HexStream): ParsedAnswer<Uint8Array> =>
  'refused' in answer
    ? answer
    : answer.map((outcome) =>
        'value' in outcome && into.result.length > 0 ? { value: into.result } : outcome,
      );
