import type { EvidenceLevel, EvidenceVerdict } from '#libs/domain';
import type { SegmentCertificate } from './certificate.js';
import type { ConsensusRules } from './rules.js';

export { isAtLeast } from '#libs/domain';

/** What the seals of a segment came to, by its certificate. */
export const verdictOf = (certificate: SegmentCertificate): EvidenceVerdict =>
  certificate.kind === 'validator-confirmations' ? 'none' : certificate.verdict;

/** How far the validators that block 0 lists can be relied on: its hash says nothing about `config`. */
export const levelOfGenesis = ({ from }: Pick<ConsensusRules, 'from'>): EvidenceLevel =>
  from === 'genesis' ? 'proved' : 'stated';

/**
 * How strong a segment's evidence is. Seals that are in order are worth as much as the validator set that they were
 * judged against, and no more; without them the validators' confirmations are all there is.
 */
export const levelOf = (verdict: EvidenceVerdict, validators: EvidenceLevel): EvidenceLevel =>
  verdict === 'valid' || verdict === 'valid-legacy' ? validators : 'confirmed';
