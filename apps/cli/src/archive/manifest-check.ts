import {
  cliqueSupport,
  hasOwnDigest,
  hexToBytes,
  isJudgedAsNow,
  parseManifest,
  rulesText,
  stateText,
  validatorSetFromFile,
  type ConsensusRules,
  type SegmentCertificate,
  type SegmentManifest,
  type ValidatorSetParts,
  type ValidatorState,
} from '#libs/archive';
import { CodedError, isCodedError, sha256Hex, type ErrorCode } from '#libs/kernel';
import { alteredByte } from './altered-bit.js';
import type { KnownGenesis } from './genesis-check.js';
import type { VerifiedSegment } from './verify-segment.js';

/** A manifest as it was read; `isWhole` says whether it has the digest that it states. */
export type ReadManifest = Readonly<{
  bytes: Uint8Array;
  manifest: SegmentManifest | undefined;
  isWhole: boolean;
  /** Why it can't be read. */
  unreadable: CodedError | undefined;
}>;

/** Larger manifests are not searched for the altered bit, because each try digests the whole text. */
const SEARCHED_BYTES_MAX = 24 * 1024;
const STATED = /"manifest_sha256": "([0-9a-f]{64})"/;

/** The byte of a text that was altered, when it was one bit and nothing else tells which. */
const alteredIn = (bytes: Uint8Array): number | undefined => {
  if (bytes.length > SEARCHED_BYTES_MAX) return undefined;
  const text = Buffer.from(bytes).toString('latin1');
  const [line = '', stated = ''] = STATED.exec(text) ?? [];
  if (stated === '') return undefined;
  const digestAt = text.lastIndexOf(line) + line.indexOf(stated);
  const zeroed = Buffer.from(bytes);
  zeroed.fill('0', digestAt, digestAt + stated.length);
  const computed = sha256Hex(zeroed);
  const wrong = Array.from({ length: stated.length }, (_, index) => index).filter(
    (index) => stated[index] !== computed[index],
  );
  if (wrong.length === 1) return digestAt + (wrong[0] ?? 0);
  return alteredByte(zeroed, { from: 0, to: zeroed.length }, (trial) => sha256Hex(trial) === stated)?.at;
};

/** The outermost field whose lines hold a byte of a manifest's text. */
const fieldAt = (bytes: Uint8Array, at: number): string | undefined => {
  const lines = Buffer.from(bytes.subarray(0, at)).toString('latin1').split('\n');
  return lines.findLast((line) => /^ {2}"\w+"/.test(line))?.match(/"(\w+)"/)?.[1];
};

/** Where a text stops being JSON, as Node says it. */
const stopOf = (error: CodedError): number | undefined => {
  const at = / position (\d+)/.exec(error.cause instanceof Error ? error.cause.message : '')?.[1];
  return at === undefined ? undefined : Number(at);
};

/** What is wrong with the text of a manifest, when nothing it states is; with the byte when one bit explains it. */
export const ownFault = ({ bytes, isWhole, unreadable }: ReadManifest): CodedError | undefined => {
  if (isWhole) return undefined;
  const at = (unreadable && stopOf(unreadable)) ?? alteredIn(bytes);
  const field = at === undefined ? undefined : fieldAt(bytes, at + 1);
  const message = 'The manifest was altered: its digest does not match its content.';
  return new CodedError('MANIFEST_INVALID', unreadable?.message ?? message, {
    context: { offset: at, field },
    cause: unreadable,
  });
};

export const readManifest = (bytes: Uint8Array): ReadManifest => {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    const manifest = parseManifest(text);
    return { bytes, manifest, isWhole: hasOwnDigest(text), unreadable: undefined };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return { bytes, manifest: undefined, isWhole: false, unreadable: error };
  }
};

type Statement = readonly [field: string, what: string, stated: unknown, found: unknown, code?: ErrorCode];

/** What a manifest states of a file beside its certificate. */
const statementsOf = (
  { summary, bytes, sha256 }: VerifiedSegment,
  manifest: SegmentManifest,
): readonly Statement[] => [
  ['sha256', 'sha256 digest', manifest.sha256, sha256],
  ['bytes', 'size', manifest.bytes, bytes],
  ['content_bytes', 'size of its blocks', manifest.content_bytes, summary.bytes],
  ['content_sha256', 'digest of its blocks', manifest.content_sha256, summary.sha256],
  ['start_block.hash', 'hash of the first block', manifest.start_block.hash, summary.start.hash],
  [
    'start_block.parent_hash',
    'parent of the first block',
    manifest.start_block.parent_hash,
    summary.start.parentHash,
  ],
  ['end_block.hash', 'hash of the last block', manifest.end_block.hash, summary.end.hash],
  [
    'end_block.parent_hash',
    'parent of the last block',
    manifest.end_block.parent_hash,
    summary.end.parentHash,
  ],
  ['blocks', 'number of blocks', manifest.blocks, summary.blocks],
  ['transactions', 'number of transactions', manifest.transactions, summary.transactions],
  ['content_root', 'content root', manifest.content_root, summary.contentRoot],
  ['offsets', 'list of offsets', manifest.offsets.at.join(), summary.offsets.join()],
  ['consensus', 'consensus', manifest.consensus.join(), summary.consensus.join()],
];

/** The first place where two JSON values differ, as a path. */
const differsAt = (stated: unknown, found: unknown, path: string): Statement | undefined => {
  const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === 'object' && value !== null;
  if (!isObject(stated) || !isObject(found))
    return stated === found ? undefined : [path, path, stated, found, 'CERTIFICATE_DIFFERS'];
  for (const key of new Set([...Object.keys(stated), ...Object.keys(found)])) {
    const inner = differsAt(stated[key], found[key], `${path}.${key}`);
    if (inner !== undefined) return inner;
  }
  return undefined;
};

/** Clique's support as the headers in the manifest show it. Throws when they do not follow the end. */
const supportShown = (
  certificate: Extract<SegmentCertificate, { kind: 'clique-signers' }>,
  validators: readonly string[],
): unknown => {
  const { headers } = certificate.support;
  const signers = cliqueSupport(
    certificate.hash,
    headers.map((header) => hexToBytes(header)),
  );
  return { ...certificate.support, signers: signers.filter((each) => validators.includes(each)).sort() };
};

const certificateFound = ({ judgement, summary }: VerifiedSegment, stated: SegmentCertificate): unknown => {
  const { certificate, end } = judgement;
  if (certificate === undefined)
    return stated.kind === 'validator-confirmations' ? { ...stated, hash: summary.end.hash } : undefined;
  if (certificate.kind !== 'clique-signers' || stated.kind !== 'clique-signers') return certificate;
  const needed = certificate.support.needed;
  return { ...certificate, support: { ...(supportShown(stated, end?.validators ?? []) as object), needed } };
};

/** What was known of the validators when the file was judged. */
export type Judged = Readonly<{ start: ValidatorState | undefined; genesis: KnownGenesis | undefined }>;

/** The validators after a file; `undefined` when its seals leave them unknown. A file without seals changes nothing. */
export const endStateOf = (
  { judgement }: VerifiedSegment,
  start: ValidatorState | undefined,
): ValidatorState | undefined => (judgement.certificate === undefined ? start : judgement.end);

/** Which statement about the validators and the certificate the blocks do not show. */
const certificateStatement = (
  stored: VerifiedSegment,
  { validator_set: set, certificate }: SegmentManifest,
  { start, genesis }: Judged,
): Statement | undefined => {
  // What an older judge stated may be wrong in good faith: the blocks were judged again.
  if (set === undefined || !isJudgedAsNow(set)) return undefined;
  const stated = validatorSetFromFile(set);
  if (genesis !== undefined && rulesText(stated.rules) !== rulesText(genesis.rules))
    return otherRules(stated.rules, genesis.rules);
  if (isOfOwnStart(stated) && stateText(stated.start) !== stateText(start)) return undefined;
  const end = endStateOf(stored, start);
  return (
    differsAt(stateValue(stated.start), stateValue(start), 'validator_set.start') ??
    differsAt(certificate, certificateFound(stored, certificate), 'certificate') ??
    differsAt(stateValue(stated.end), stateValue(end), 'validator_set.end')
  );
};

/** Judged from what a node said, or from nothing, although earlier files may say more. */
const isOfOwnStart = ({ evidence }: ValidatorSetParts): boolean => evidence === 'node' || evidence === 'none';

const stateValue = (state: ValidatorState | undefined): unknown => JSON.parse(stateText(state));

const otherRules = (stated: ConsensusRules, found: ConsensusRules): Statement | undefined => {
  // Made before the genesis was provided: what it says was judged by the defaults.
  if (stated.from === 'default') return undefined;
  return ['validator_set.rules', 'set of rules', rulesText(stated), rulesText(found), 'CERTIFICATE_DIFFERS'];
};

const genesisStatements = (manifest: SegmentManifest, genesis: KnownGenesis | undefined): Statement[] => {
  if (genesis === undefined) return [];
  const { genesisHash, chainId } = genesis;
  return [
    ['genesis_hash', 'genesis', manifest.genesis_hash, genesisHash],
    ...(chainId === undefined || manifest.chain_id === '0'
      ? []
      : [['chain_id', 'chain id', manifest.chain_id, chainId.toString()] as const]),
  ];
};

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? 'nothing' : JSON.stringify(value);

/** Does a file that is good in itself fit its manifest? The first thing that does not, `undefined` when all fits. */
export const manifestMismatch = (
  stored: VerifiedSegment,
  { bytes, manifest }: ReadManifest,
  judged: Judged,
): CodedError | undefined => {
  if (manifest === undefined) return undefined;
  const wrong =
    statementsOf(stored, manifest).find(([, , stated, found]) => stated !== found) ??
    genesisStatements(manifest, judged.genesis).find(([, , stated, found]) => stated !== found) ??
    certificateStatement(stored, manifest, judged);
  if (wrong === undefined) return undefined;
  const [field, what, stated, found, code = 'SEGMENT_DIGEST_MISMATCH'] = wrong;
  const outer = /^\w+/.exec(field)?.[0] ?? field;
  const at = Buffer.from(bytes).indexOf(`\n  "${outer}"`);
  return new CodedError(code, `The ${what} in the manifest does not match the file.`, {
    context: {
      field,
      offset: at < 0 ? undefined : at + 3,
      expected: shown(stated),
      actual: shown(found),
    },
  });
};
