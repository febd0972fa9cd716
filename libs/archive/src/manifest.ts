import { instant, resourceId } from '#libs/contracts';
import {
  CONFIRMATION_OUTCOMES,
  readSegmentFileName,
  type Compression,
  type Confirmation,
  type Departure,
} from '#libs/domain';
import { CodedError, sha256Hex, type Hex, type Instant, plainNumber } from '#libs/kernel';
import { z } from 'zod';
import { certificateForm, type SegmentCertificate } from './certificate/certificate.js';
import {
  validatorSetForm,
  validatorSetToFile,
  type ValidatorSetParts,
} from './certificate/validator-file.js';
import { blockEntry, blockNumber, hashText, jsonOf, parseWith, sha256Text } from './json-forms.js';
import type { SegmentSummary } from './segment/check-segment.js';
import { OFFSETS_EVERY } from './segment/segment-fold.js';

const size = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const decimal = z.string().regex(/^(0|[1-9]\d{0,77})$/);
const name = z.string().min(1).max(400);

const confirmation = z.object({
  validator: name,
  outcome: z.enum(CONFIRMATION_OUTCOMES),
  hash: z.exactOptional(hashText),
  head: z.exactOptional(blockNumber),
  detail: z.exactOptional(z.string().max(4000)),
});

const departure = z.object({ validator: name, height: blockNumber, hash: hashText, expected: hashText });

const manifestFields = z.object({
  version: z.literal(1),
  file: z.string(),
  environment_id: resourceId,
  date: instant,
  compression: z.enum(['none', 'gzip']),
  /** Size and digest of the file as it is stored. */
  bytes: size,
  sha256: sha256Text,
  /** Size and digest of the blocks, uncompressed. */
  content_bytes: size,
  content_sha256: sha256Text,
  start_block: blockEntry,
  end_block: blockEntry,
  blocks: size,
  transactions: size,
  /** Where every 1000th block begins in the uncompressed bytes, from the first on. */
  offsets: z.object({ every: z.literal(OFFSETS_EVERY), at: z.array(size) }),
  content_root: hashText,
  source: z.object({
    node: name,
    client_version: z.string().max(400),
    /** Every node that blocks came from, when there is more than one. */
    nodes: z.exactOptional(z.array(name)),
  }),
  /** Decimal: chain ids may be beyond 2^53. */
  chain_id: decimal,
  genesis_hash: hashText,
  /** Of the genesis document whose rules were applied: its hash of block 0 does not cover `config`. */
  genesis_sha256: z.exactOptional(sha256Text),
  consensus: z.array(z.enum(['plain', 'clique', 'raft', 'ibft', 'ibft2', 'qbft'])),
  fork_configuration: z.exactOptional(z.record(z.string(), z.unknown())),
  agreement: z.object({
    rule: name,
    confirmations: z.array(confirmation),
    departures: z.array(departure),
  }),
  certificate: certificateForm,
  /** Who may seal: at the start and at the end. */
  validator_set: z.exactOptional(validatorSetForm),
  /** sha256 of the manifest's own text, in which these digits stand as zeros. */
  manifest_sha256: z.exactOptional(sha256Text),
});

/** `{file}.manifest.json`: all that is known of a segment. */
export type SegmentManifest = z.infer<typeof manifestFields>;

const isNamedRight = ({ file, date, compression, ...ends }: SegmentManifest): boolean => {
  const named = readSegmentFileName(file);
  return (
    named?.date === date &&
    named.compression === compression &&
    named.start === BigInt(ends.start_block.block) &&
    named.end === BigInt(ends.end_block.block)
  );
};

const doRise = (at: readonly number[], limit: number): boolean =>
  at[0] === 0 && at.every((offset, i) => offset < (at[i + 1] ?? limit));

const faultOf = (manifest: SegmentManifest): string | undefined => {
  const { blocks, start_block: start, end_block: end, offsets } = manifest;
  if (!isNamedRight(manifest)) return 'the file name says something else than the fields';
  if (blocks !== end.block - start.block + 1) return 'the number of blocks does not fit the range';
  if (offsets.at.length !== Math.ceil(blocks / OFFSETS_EVERY)) return 'offsets are missing';
  if (!doRise(offsets.at, manifest.content_bytes)) return 'the offsets do not rise from 0 to the end';
  return undefined;
};

const versionOf = (value: unknown): number | undefined => {
  const version: unknown = (value as { version?: unknown } | null)?.version;
  return typeof version === 'number' ? version : undefined;
};

/**
 * Reads a manifest from its text, its bytes or a parsed value, and checks that its fields fit each other.
 * Fields it does not know are dropped. Throws MANIFEST_INVALID with the path of the fault.
 */
export const parseManifest = (source: unknown): SegmentManifest => {
  const value = jsonOf(source, 'MANIFEST_INVALID', 'manifest');
  const version = versionOf(value);
  if (version !== undefined && version !== 1)
    throw new CodedError('MANIFEST_INVALID', 'The manifest was written by a newer version of Chainkeep.', {
      context: { version },
    });
  const manifest = parseWith(manifestFields, value, 'MANIFEST_INVALID', 'manifest');
  const fault = faultOf(manifest);
  if (fault !== undefined)
    throw new CodedError('MANIFEST_INVALID', `The manifest contradicts itself: ${fault}.`, {
      context: { file: manifest.file },
    });
  return manifest;
};

/** What a manifest is made from, in the words of the code. */
export type ManifestInput = Readonly<{
  environmentId: string;
  file: string;
  date: Instant;
  compression: Compression;
  /** The file as it is stored: size in bytes, digest in lower-case hex. */
  stored: Readonly<{ bytes: number; sha256: string }>;
  summary: SegmentSummary;
  source: Readonly<{ node: string; clientVersion: string; nodes?: readonly string[] }>;
  chainId: bigint;
  genesisHash: Hex;
  genesisSha256?: string | undefined;
  forkConfiguration?: Readonly<Record<string, unknown>> | undefined;
  agreement: Readonly<{
    rule: string;
    confirmations: readonly Confirmation[];
    departures: readonly Departure[];
  }>;
  certificate: SegmentCertificate;
  validatorSet?: ValidatorSetParts | undefined;
}>;

const entryOf = ({ number, hash, parentHash }: SegmentSummary['start']): z.infer<typeof blockEntry> => ({
  block: plainNumber(number),
  hash,
  parent_hash: parentHash,
});

const agreementOf = ({ rule, confirmations, departures }: ManifestInput['agreement']) => ({
  rule,
  confirmations: confirmations.map(({ nodeId, head, ...rest }) => ({
    validator: nodeId,
    ...rest,
    ...(head === undefined ? {} : { head: plainNumber(head) }),
  })),
  departures: departures.map(({ nodeId, height, hash, expected }) => ({
    validator: nodeId,
    height: plainNumber(height),
    hash,
    expected,
  })),
});

const sourceOf = ({
  node,
  clientVersion,
  nodes = [],
}: ManifestInput['source']): SegmentManifest['source'] => ({
  node,
  client_version: clientVersion,
  ...(nodes.length > 1 ? { nodes: [...nodes] } : {}),
});

/** The manifest of a checked segment. Throws MANIFEST_INVALID when the parts contradict each other. */
export const createManifest = (input: ManifestInput): SegmentManifest => {
  const { summary } = input;
  return parseManifest({
    version: 1,
    file: input.file,
    environment_id: input.environmentId,
    date: input.date,
    compression: input.compression,
    bytes: input.stored.bytes,
    sha256: input.stored.sha256,
    content_bytes: summary.bytes,
    content_sha256: summary.sha256,
    start_block: entryOf(summary.start),
    end_block: entryOf(summary.end),
    blocks: summary.blocks,
    transactions: summary.transactions,
    offsets: { every: OFFSETS_EVERY, at: [...summary.offsets] },
    content_root: summary.contentRoot,
    source: sourceOf(input.source),
    chain_id: input.chainId.toString(),
    genesis_hash: input.genesisHash,
    ...(input.genesisSha256 === undefined ? {} : { genesis_sha256: input.genesisSha256 }),
    consensus: [...summary.consensus],
    ...(input.forkConfiguration === undefined ? {} : { fork_configuration: input.forkConfiguration }),
    agreement: agreementOf(input.agreement),
    certificate: input.certificate,
    ...(input.validatorSet === undefined ? {} : { validator_set: validatorSetToFile(input.validatorSet) }),
  });
};

const NO_DIGEST = '0'.repeat(64);
const OWN_DIGEST = /"manifest_sha256": "([0-9a-f]{64})"/g;

/**
 * The text that lies beside the segment. It ends with a digest over itself, so that a flipped bit is found anywhere in
 * it, also where nothing else knows what should stand there.
 */
export const manifestToJson = (manifest: SegmentManifest): string => {
  const { manifest_sha256: _old, ...fields } = manifest;
  const text = `${JSON.stringify({ ...fields, manifest_sha256: NO_DIGEST }, null, 2)}\n`;
  return text.replace(`"manifest_sha256": "${NO_DIGEST}"`, `"manifest_sha256": "${sha256Hex(text)}"`);
};

/**
 * Has a manifest's text the digest that it states? A text that states none, or two, is never right.
 */
export const hasOwnDigest = (text: string): boolean => {
  const found = [...text.matchAll(OWN_DIGEST)];
  const digest = found[0]?.[1] ?? '';
  return found.length === 1 && sha256Hex(text.replace(digest, NO_DIGEST)) === digest;
};
