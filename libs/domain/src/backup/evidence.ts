/** What makes the blocks of a file canonical, the weakest first; see docs/explanation/certificates.md. */
export const EVIDENCE_LEVELS = ['confirmed', 'stated', 'proved'] as const;
export type EvidenceLevel = (typeof EVIDENCE_LEVELS)[number];

/** What the seals of a file came to; `none` where the consensus has no seals. */
export const EVIDENCE_VERDICTS = ['valid', 'valid-legacy', 'unproven', 'invalid', 'none'] as const;
export type EvidenceVerdict = (typeof EVIDENCE_VERDICTS)[number];

/** The evidence of one file, judged from its bytes when it was exported. */
export type SegmentEvidence = Readonly<{
  level: EvidenceLevel;
  verdict: EvidenceVerdict;
  /** Who stated the validators identically, of how many that were asked. */
  statedBy?: Readonly<{ nodes: readonly string[]; asked: number }>;
  /** Of the genesis document whose rules were applied. */
  genesisSha256?: string;
}>;

/** Is this evidence as strong as the other, or stronger? */
export const isAtLeast = (level: EvidenceLevel, other: EvidenceLevel): boolean =>
  EVIDENCE_LEVELS.indexOf(level) >= EVIDENCE_LEVELS.indexOf(other);

export const weakerOf = (one: EvidenceLevel, other: EvidenceLevel): EvidenceLevel =>
  isAtLeast(one, other) ? other : one;
