import {
  certificateSummary,
  DEFAULT_RULES,
  isJudgedAsNow,
  MANIFEST_SUFFIX,
  stateText,
  validatorSetFromFile,
  type HistoryDocumentEntry,
  type JudgeInput,
  type SealReader,
  type SegmentCertificate,
  type SegmentManifest,
  type ValidatorSetParts,
  type ValidatorState,
} from '#libs/archive';
import { readSegmentFileName } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { faultOf, faultOrThrow, type Fault } from './fault.js';
import type { KnownGenesis } from './genesis-check.js';
import { HISTORY_NAME, historyMismatch } from './history-check.js';
import { endStateOf, manifestMismatch, ownFault, readManifest, type ReadManifest } from './manifest-check.js';
import { endsOf, verifySegment, type Ends, type VerifiedSegment } from './verify-segment.js';

/** What a segment's seals came to, for people and programs. */
export type CertificateReport = Readonly<{
  kind: string;
  verdict: string;
  summary: string;
  /** Who vouches for the validators at the start: the genesis through all files, or only this manifest. */
  anchor: 'genesis' | 'manifest' | 'nothing';
}>;

export type EntryReport = Readonly<{
  file: string;
  start: number;
  end: number;
  ok: boolean;
  blocks: number;
  transactions: number;
  certificate?: CertificateReport;
}>;

/** One file and all that is known about it. */
export type EntryInput = Readonly<{
  path: string;
  file: string;
  /** What the history document says of it, and where. */
  entry?: Readonly<{ index: number; stated: HistoryDocumentEntry }> | undefined;
  manifestBytes: Uint8Array | undefined;
  genesis: KnownGenesis | undefined;
  /** The validators as all files before this one left them; `undefined` when that is not known. */
  followed: Readonly<{ state: ValidatorState | undefined }> | undefined;
  reader: SealReader;
}>;

export type EntryResult = Readonly<{
  report: EntryReport;
  faults: readonly Fault[];
  /** The validators after the file; `undefined` when a fault leaves them unknown. */
  followed: Readonly<{ state: ValidatorState | undefined }> | undefined;
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
  followed: EntryInput['followed'],
  set: ValidatorSetParts | undefined,
): ValidatorState | undefined => (followed === undefined ? set?.start : followed.state);

const judgeInput = ({ followed, genesis }: EntryInput, manifest: SegmentManifest | undefined): Judging => {
  const set = setOf(manifest);
  const rules = genesis?.rules ?? set?.rules ?? DEFAULT_RULES;
  return { rules, start: startOf(followed, set), stated: set?.stated };
};

const anchorOf = (
  input: EntryInput,
  manifest: SegmentManifest | undefined,
  start: bigint,
): CertificateReport['anchor'] => {
  const set = setOf(manifest);
  if (start === 0n || input.followed?.state !== undefined) return 'genesis';
  if (input.followed !== undefined) return 'nothing';
  return set?.start === undefined ? 'nothing' : 'manifest';
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
  input: EntryInput,
  { judgement, summary }: VerifiedSegment,
  manifest: SegmentManifest | undefined,
): Readonly<{ certificate?: CertificateReport }> => {
  const certificate = certificateOf(judgement.certificate, manifest?.certificate);
  if (certificate === undefined) return {};
  return {
    certificate: {
      kind: certificate.kind,
      verdict: certificate.kind === 'validator-confirmations' ? 'confirmed' : certificate.verdict,
      summary: certificateSummary(certificate),
      anchor: anchorOf(input, manifest, summary.start.number),
    },
  };
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
  return [
    ...(stored.sealFault === undefined ? [] : [faultOf(input.file, stored.sealFault)]),
    ...(inManifest === undefined ? [] : [faultOf(input.file + MANIFEST_SUFFIX, inManifest)]),
    ...(inHistory === undefined ? [] : [faultOf(HISTORY_NAME, inHistory)]),
  ];
};

type Judged = Readonly<{ read: ReadManifest | undefined; start: ValidatorState | undefined }>;

const reportOf = (input: EntryInput, stored: VerifiedSegment, judged: Judged): EntryResult => {
  const { summary } = stored;
  const faults = faultsBeside(input, stored, judged);
  const report = {
    file: input.file,
    start: Number(summary.start.number),
    end: Number(summary.end.number),
    ok: faults.length === 0,
    blocks: summary.blocks,
    transactions: summary.transactions,
    ...certificateReport(input, stored, judged.read?.manifest),
  };
  const state = endStateOf(stored, judged.start);
  // Seals that are wrong or unproven leave the validators unknown, whatever later manifests say.
  const isIntact = faults.length === 0 || stored.sealFault !== undefined;
  const followed = isIntact ? { state } : undefined;
  return { report, faults, followed };
};

/** Verifies one file against all that is known about it. */
export const verifyEntry = async (input: EntryInput): Promise<EntryResult> => {
  const { file, path, manifestBytes, reader } = input;
  const read = manifestBytes && readManifest(manifestBytes);
  const trusted = read?.isWhole === true ? read.manifest : undefined;
  try {
    const judging = judgeInput(input, trusted);
    const stored = await verifySegment(path, expectedEnds(input, trusted), { reader, input: judging });
    return reportOf(input, stored, { read, start: judging.start });
  } catch (error) {
    const own = read && ownFault(read);
    const faults = [
      faultOrThrow(file, error),
      ...(own === undefined ? [] : [faultOf(file + MANIFEST_SUFFIX, own)]),
    ];
    const { start = 0n, end = 0n } = fromName(file) ?? {};
    const report = { file, start: Number(start), end: Number(end), ok: false, blocks: 0, transactions: 0 };
    return { report, faults, followed: undefined };
  }
};
