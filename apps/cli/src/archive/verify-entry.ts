import {
  certificateSummary,
  DEFAULT_RULES,
  isJudgedAsNow,
  levelOf,
  levelOfGenesis,
  MANIFEST_SUFFIX,
  stateText,
  validatorSetFromFile,
  verdictOf,
  type HistoryDocumentEntry,
  type JudgeInput,
  type SealReader,
  type SegmentCertificate,
  type SegmentManifest,
  type ValidatorSetParts,
  type ValidatorState,
} from '#libs/archive';
import { readSegmentFileName, type EvidenceLevel } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { faultOf, faultOrThrow, type Fault } from './fault.js';
import { genesisFault, type KnownGenesis } from './genesis-check.js';
import { HISTORY_NAME, historyMismatch } from './history-check.js';
import { endStateOf, manifestMismatch, ownFault, readManifest, type ReadManifest } from './manifest-check.js';
import { endsOf, verifySegment, type Ends, type VerifiedSegment } from './verify-segment.js';

/** What a segment's seals came to, for people and programs. */
export type CertificateReport = Readonly<{
  kind: string;
  verdict: string;
  summary: string;
  /** Who vouches for the validators at the start: the genesis through all files, or only this manifest. */
  anchor: 'genesis' | 'block-0' | 'nodes' | 'manifest' | 'nothing';
}>;

export type EntryReport = Readonly<{
  file: string;
  start: number;
  end: number;
  ok: boolean;
  blocks: number;
  transactions: number;
  /** How strong the evidence is, computed from the bytes; absent when the file is damaged. */
  level?: EvidenceLevel;
  certificate?: CertificateReport;
  /** What is worth knowing and is no fault. */
  notes: readonly string[];
}>;

/** The validators before a file, and how strong the evidence for them is. */
export type Followed = Readonly<{ state: ValidatorState | undefined; level: EvidenceLevel }>;

/** One file and all that is known about it. */
export type EntryInput = Readonly<{
  path: string;
  file: string;
  /** What the history document says of it, and where. */
  entry?: Readonly<{ index: number; stated: HistoryDocumentEntry }> | undefined;
  manifestBytes: Uint8Array | undefined;
  genesis: KnownGenesis | undefined;
  /** The validators as all files before this one left them; `undefined` when they were not followed. */
  followed: Followed | undefined;
  /** The number of the first block, where it was read beforehand. */
  first?: bigint | undefined;
  reader: SealReader;
}>;

export type EntryResult = Readonly<{
  report: EntryReport;
  faults: readonly Fault[];
  /** The validators after the file; `undefined` when a damaged file leaves nothing to follow. */
  followed: Followed | undefined;
  manifest: SegmentManifest | undefined;
}>;

type Judging = JudgeInput & Readonly<{ start: ValidatorState | undefined }>;

const sameEnds = (a: Ends, b: Ends): boolean =>
  a.startHash === b.startHash && a.endHash === b.endHash && a.parentHash === b.parentHash;

const fromName = (file: string): Ends | undefined => {
  const name = readSegmentFileName(file);
  return name && { start: name.start, end: name.end };
};

/** What must be the ends: as history and manifest agree, so that neither is believed against the other. */
const expectedEnds = (
  { file, entry }: EntryInput,
  manifest: SegmentManifest | undefined,
): Ends | undefined => {
  const stated = entry && endsOf(entry.stated);
  const listed = manifest && endsOf(manifest);
  if (stated !== undefined && listed !== undefined && !sameEnds(stated, listed)) return fromName(file);
  return stated ?? listed ?? fromName(file);
};

const setOf = (manifest: SegmentManifest | undefined): ValidatorSetParts | undefined =>
  manifest?.validator_set && validatorSetFromFile(manifest.validator_set);

/** The validators before the file: those that were followed, else as its manifest says. */
const startOf = (
  { followed, genesis, file, first = fromName(file)?.start }: EntryInput,
  set: ValidatorSetParts | undefined,
): ValidatorState | undefined => {
  if (followed !== undefined) return followed.state;
  // A file of a client may leave block 0 out, because the genesis gives it.
  if (first === 1n && genesis !== undefined) return genesis.first;
  // The set that a manifest states holds for the first block only if it is that of the block before.
  const stated = set?.start;
  return stated !== undefined && stated.block + 1n === first ? stated : undefined;
};

const judgeInput = (input: EntryInput, manifest: SegmentManifest | undefined): Judging => {
  const set = setOf(manifest);
  const rules = input.genesis?.rules ?? set?.rules ?? DEFAULT_RULES;
  return { rules, start: startOf(input, set), stated: set?.stated };
};

type Basis = Readonly<{ anchor: CertificateReport['anchor']; level: EvidenceLevel }>;

/** Who says which validators the file begins with, and what that is worth. */
const basisOf = (
  { followed, genesis }: EntryInput,
  { judgement, summary }: VerifiedSegment,
  start: ValidatorState | undefined,
): Basis => {
  if (judgement.isChosenElsewhere) return { anchor: 'nodes', level: 'stated' };
  const level = levelOfGenesis({ from: genesis === undefined ? 'default' : 'genesis' });
  const anchor = level === 'proved' ? 'genesis' : 'block-0';
  if (summary.start.number === 0n) return { anchor, level };
  if (start === undefined) return { anchor: 'nothing', level: 'confirmed' };
  if (followed !== undefined) return { anchor, level: followed.level };
  const isGenesis = start === genesis?.first && summary.start.number === 1n;
  return isGenesis ? { anchor, level } : { anchor: 'manifest', level: 'stated' };
};

/** The certificate as the blocks show it, with what only the manifest can hold. */
const certificateOf = (
  found: VerifiedSegment['judgement']['certificate'],
  stated: SegmentCertificate | undefined,
): SegmentCertificate | undefined => {
  if (found === undefined) return stated?.kind === 'validator-confirmations' ? stated : undefined;
  if (found.kind !== 'clique-signers' || stated?.kind !== 'clique-signers') return found;
  return { ...found, support: stated.support };
};

const certificateReport = (
  { judgement }: VerifiedSegment,
  manifest: SegmentManifest | undefined,
  { anchor, level }: Basis,
): Pick<EntryReport, 'certificate' | 'level'> => {
  const certificate = certificateOf(judgement.certificate, manifest?.certificate);
  if (certificate === undefined) return { level: 'confirmed' };
  const verdict = verdictOf(certificate);
  return {
    level: levelOf(verdict, level),
    certificate: {
      kind: certificate.kind,
      verdict: verdict === 'none' ? 'confirmed' : verdict,
      summary: certificateSummary(certificate),
      // What was not known at some block was not followed from anywhere.
      anchor: verdict === 'unproven' && anchor !== 'nodes' ? 'nothing' : anchor,
    },
  };
};

/** What a manifest states otherwise than its blocks were judged now, by a judge that knew less. */
const notesOf = (
  manifest: SegmentManifest | undefined,
  { certificate }: Pick<EntryReport, 'certificate'>,
): string[] => {
  const stated = manifest && verdictOf(manifest.certificate);
  const found = certificate?.verdict ?? 'confirmed';
  if (stated === undefined || stated === 'none' || stated === found) return [];
  return [`its manifest states ${stated}; judged again, the blocks are ${found}`];
};

/** The state from which the manifest says its file starts must be the one that the file before ended with. */
const chainFault = (
  input: EntryInput,
  manifest: SegmentManifest | undefined,
  start: ValidatorState | undefined,
): CodedError | undefined => {
  const set = setOf(manifest);
  if (set?.evidence !== 'previous-segment' || input.followed === undefined) return undefined;
  if (manifest?.validator_set === undefined || !isJudgedAsNow(manifest.validator_set)) return undefined;
  if (stateText(set.start) === stateText(start)) return undefined;
  return new CodedError(
    'CERTIFICATE_DIFFERS',
    'The manifest starts with different validators than the previous file ended with.',
    { context: { field: 'validator_set.start', expected: stateText(start), actual: stateText(set.start) } },
  );
};

/** What is wrong with a manifest: the statement that does not fit, else its text. */
const manifestFault = (
  input: EntryInput,
  stored: VerifiedSegment,
  { read, start }: Judged,
): CodedError | undefined => {
  if (read === undefined) return undefined;
  const { genesis } = input;
  return (
    chainFault(input, read.manifest, start) ??
    manifestMismatch(stored, read, { start, genesis }) ??
    ownFault(read)
  );
};

/** All that is wrong with a file whose blocks are right. */
const faultsBeside = (input: EntryInput, stored: VerifiedSegment, judged: Judged): Fault[] => {
  const inManifest = manifestFault(input, stored, judged);
  const inHistory = input.entry && historyMismatch(input.entry, stored.summary);
  const inGenesis = genesisMismatch(input, stored.summary);
  // By another chain's genesis everything else is wrong too, and says nothing.
  if (inGenesis !== undefined) return [inGenesis];
  return [
    ...(stored.sealFault === undefined ? [] : [faultOf(input.file, stored.sealFault)]),
    ...(inManifest === undefined ? [] : [faultOf(input.file + MANIFEST_SUFFIX, inManifest)]),
    ...(inHistory === undefined ? [] : [faultOf(HISTORY_NAME, inHistory)]),
  ];
};

type Judged = Readonly<{ read: ReadManifest | undefined; start: ValidatorState | undefined }>;

const reportOf = (input: EntryInput, stored: VerifiedSegment, judged: Judged): EntryResult => {
  const { summary } = stored;
  const { read, start } = judged;
  const faults = faultsBeside(input, stored, judged);
  const certified = certificateReport(stored, read?.manifest, basisOf(input, stored, start));
  const report = {
    file: input.file,
    start: Number(summary.start.number),
    end: Number(summary.end.number),
    ok: faults.length === 0,
    blocks: summary.blocks,
    transactions: summary.transactions,
    ...certified,
    notes: notesOf(read?.manifest, certified),
  };
  const level = stored.judgement.certificate === undefined ? input.followed?.level : certified.level;
  // Seals that are wrong or unproven leave the validators unknown, whatever later manifests say.
  const isIntact = faults.length === 0 || stored.sealFault !== undefined;
  const followed = isIntact ? { state: endStateOf(stored, start), level: level ?? 'confirmed' } : undefined;
  return { report, faults, followed, manifest: read?.manifest };
};

/** Does a file that begins with block 0 or 1 begin with that of the genesis? */
const genesisMismatch = (
  { genesis, file }: EntryInput,
  { start }: VerifiedSegment['summary'],
): Fault | undefined => {
  if (genesis === undefined || start.number > 1n) return undefined;
  const found = genesisFault(genesis, start.number === 0n ? start.hash : start.parentHash);
  return found && { ...found, file };
};

/** What is known of a file whose blocks are wrong. */
const damaged = (input: EntryInput, read: ReadManifest | undefined, error: unknown): EntryResult => {
  const { file } = input;
  const own = read && ownFault(read);
  const faults = [
    faultOrThrow(file, error),
    ...(own === undefined ? [] : [faultOf(file + MANIFEST_SUFFIX, own)]),
  ];
  const { start = 0n, end = 0n } = fromName(file) ?? {};
  const range = { start: Number(start), end: Number(end) };
  const report = { file, ...range, ok: false, blocks: 0, transactions: 0, notes: [] };
  return { report, faults, followed: undefined, manifest: read?.manifest };
};

/** Verifies one file against all that is known about it. */
export const verifyEntry = async (input: EntryInput): Promise<EntryResult> => {
  const { path, manifestBytes, reader } = input;
  const read = manifestBytes && readManifest(manifestBytes);
  const trusted = read?.isWhole === true ? read.manifest : undefined;
  try {
    const judging = judgeInput(input, trusted);
    const stored = await verifySegment(path, expectedEnds(input, trusted), { reader, input: judging });
    return reportOf(input, stored, { read, start: judging.start });
  } catch (error) {
    return damaged(input, read, error);
  }
};
