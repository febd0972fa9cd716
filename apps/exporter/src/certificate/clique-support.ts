import { cliqueSupport, headerBytesOf } from '#libs/archive';
import type { ChainNode } from '#libs/chain';
import { bytesToHex, type Hex } from '#libs/kernel';
import type { Log } from '#libs/runtime';
import type { CertifyJob } from '../segment/export-job.js';

/** Headers of about 600 bytes stand in the manifest: enough that every signer had two turns, within reason. */
const HEADERS_MAX = 64;

export type CliqueSupport = Readonly<{ signers: Hex[]; headers: Hex[] }>;

const following = async (
  { planned, signal }: CertifyJob,
  node: ChainNode,
  wanted: number,
): Promise<Uint8Array[]> => {
  const { head } = await node.survey([], { signal });
  const last = planned.end + BigInt(Math.min(wanted, HEADERS_MAX));
  const range = { start: planned.end + 1n, end: head < last ? head : last };
  const headers: Uint8Array[] = [];
  if (range.end < range.start) return headers;
  for await (const { bytes } of node.rawBlocks(range, { signal }))
    headers.push(Uint8Array.from(headerBytesOf(bytes)));
  return headers;
};

/**
 * The headers after a segment's end that exist by now, and which of the validators signed them. None when the node
 * cannot give them or has moved on: they are support, and a backup does not fail for lack of it.
 */
export const supportAfter = async (
  job: CertifyJob,
  validators: readonly Hex[],
  log: Log,
): Promise<CliqueSupport> => {
  const [node] = job.nodes;
  if (node === undefined) return { signers: [], headers: [] };
  try {
    const headers = await following(job, node, 2 * validators.length);
    const signers = cliqueSupport(job.planned.endHash, headers).filter((each) => validators.includes(each));
    return { signers: signers.sort(), headers: headers.map(bytesToHex) };
  } catch (error) {
    job.signal.throwIfAborted();
    log.warn('The headers after the last block of a file could not be read.', {
      file: job.planned.file,
      error,
    });
    return { signers: [], headers: [] };
  }
};
