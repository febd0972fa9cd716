import { type Hex, plainNumber, currentCode } from '#libs/kernel';
import type { EvidenceVerdict } from '#libs/domain';
import { z } from 'zod';
import { blockNumber, hashText } from '../json-forms.js';
import type { Curve } from '../crypto/recover.js';
import type { BlockSeals } from '../seal/block-seals.js';
import { SealJudge, type BlockJudgement, type JudgeInput } from './judge.js';
import type { SealFault } from './seal-faults.js';
import { allowedAt, LEGACY_FORMULA, QUORUM_FORMULA, type ConsensusRules } from './rules.js';
import type { ValidatorState } from './validator-set.js';

export const addressText = z.string().regex(/^0x[0-9a-f]{40}$/) as unknown as z.ZodType<Hex>;
const hexText = z.string().regex(/^0x([0-9a-f]{2})*$/) as unknown as z.ZodType<Hex>;
const count = z.number().int().nonnegative();
const verdict = z.enum(['valid', 'valid-legacy', 'unproven', 'invalid']);

const change = z.object({ block: blockNumber, validators: z.array(addressText) });
const faultCode = z.string().max(100).transform(currentCode);
const fault = z.object({ block: blockNumber, code: faultCode, message: z.string().max(4000) });

const sealed = z.object({
  verdict,
  /** The end block. */
  hash: hashText,
  /** Blocks whose seals were judged and are in order. */
  sealed_blocks: count,
  /** Validators at the end block. */
  validators: count,
  /** Where the set became another one, with the set from that block on. */
  changes: z.array(change),
  /** Why it is `valid-legacy`, when not for GoQuorum's own threshold alone. */
  legacy: z.exactOptional(z.string().max(400)),
  /** The first block whose seals are not in order. */
  fault: z.exactOptional(fault),
});

/** Evidence for a segment, checkable with the bucket and the genesis alone. One member of the union a kind. */
export const certificateForm = z.discriminatedUnion('kind', [
  /** IBFT, IBFT2, QBFT: enough validators sealed every block. */
  sealed.extend({
    kind: z.literal('commit-seals'),
    formula: z.enum([QUORUM_FORMULA, LEGACY_FORMULA]),
    /** Seals the end block needs, and who sealed it. */
    needed: count,
    signers: z.array(addressText),
    /** The block with the least to spare. */
    weakest: z.object({ block: blockNumber, signatures: count, needed: count, validators: count }),
  }),
  /** Clique: every block is signed by a signer in turn; headers after the end support it (no finality). */
  sealed.extend({
    kind: z.literal('clique-signers'),
    signers: z.array(addressText),
    support: z.object({ needed: count, signers: z.array(addressText), headers: z.array(hexText) }),
  }),
  /** The chain's headers carry no seals that prove agreement: the validators' own word is all there is. */
  z.object({
    kind: z.literal('validator-confirmations'),
    hash: hashText,
    confirmed_by: z.array(z.string().min(1).max(400)),
  }),
]);
export type SegmentCertificate = z.infer<typeof certificateForm>;
export type SealVerdict = z.infer<typeof verdict>;

/** What the seals of a segment came to. */
export type SegmentJudgement = Readonly<{
  verdict: EvidenceVerdict;
  /** `undefined` when its end carries no seals: the validators' confirmations take their place. */
  certificate: Exclude<SegmentCertificate, { kind: 'validator-confirmations' }> | undefined;
  /** `undefined` also when the seals are invalid or unproven: such a set is not handed on. */
  end: ValidatorState | undefined;
  /** True when blocks list no validators: a contract chooses them, and only a node can state them. */
  isChosenElsewhere: boolean;
  /** The first fault of the worst kind, with the offset of its block in the segment. */
  fault: (SealFault & Readonly<{ blockOffset: number }>) | undefined;
}>;

/** Seals above what is needed. */
const margin = ({ signers, needed }: BlockJudgement): number => signers.length - needed;

const SEVERITY = ['none', 'valid', 'valid-legacy', 'unproven', 'invalid'] as const;

/** Judges the seals of a segment's blocks, given in order, and makes the certificate of it. */
export class SegmentJudge {
  private readonly judge: SealJudge;
  private readonly rules: ConsensusRules;
  private readonly signers = new Set<Hex>();
  private worst: BlockJudgement['verdict'] = 'none';
  private sealed = 0;
  private legacy: string | undefined;
  private isLegacyQuorum = false;
  private weakest: { block: bigint; judged: BlockJudgement } | undefined;
  private last: { block: BlockSeals; judged: BlockJudgement } | undefined;
  private fault: SegmentJudgement['fault'];

  constructor(input: JudgeInput) {
    this.judge = new SealJudge(input);
    this.rules = input.rules;
  }

  /** The curve that the seals are on. */
  get curve(): Curve {
    return this.judge.curve;
  }

  /** Must blocks be taken also when they carry no seals? Else only those from the first sealed one on. */
  get isSealed(): boolean {
    return this.rules.phases.length > 0 || this.judge.state !== undefined;
  }

  take(block: BlockSeals, blockOffset: number): BlockJudgement {
    const judged = this.judge.take(block);
    this.last = { block, judged };
    if (judged.verdict === 'none') return judged;
    const isWorse = SEVERITY.indexOf(judged.verdict) > SEVERITY.indexOf(this.worst);
    if (isWorse) this.worst = judged.verdict;
    if (judged.fault === undefined) this.sealed += 1;
    else if (isWorse || this.fault === undefined) this.fault = { ...judged.fault, blockOffset };
    if (judged.verdict === 'valid-legacy') this.noteLegacy(judged);
    for (const signer of judged.signers) this.signers.add(signer);
    if (this.weakest === undefined || margin(judged) < margin(this.weakest.judged))
      this.weakest = { block: block.number, judged };
    return judged;
  }

  private noteLegacy({ legacy }: BlockJudgement): void {
    this.legacy ??= legacy;
    this.isLegacyQuorum ||= legacy === undefined;
  }

  /** `hash` is that of the last block. */
  result(hash: Hex): SegmentJudgement {
    const { isChosenElsewhere } = this.judge;
    const end = this.worst === 'invalid' || this.worst === 'unproven' ? undefined : this.judge.state;
    const certificate = this.certificate(hash);
    return { verdict: this.worst, certificate, end, isChosenElsewhere, fault: this.fault };
  }

  private isClique({ consensus, number }: BlockSeals): boolean {
    return consensus === 'clique' || allowedAt(this.rules, number).includes('clique');
  }

  private certificate(hash: Hex): SegmentJudgement['certificate'] {
    const last = this.last;
    const weakest = this.weakest;
    const worst = this.worst;
    if (last === undefined || weakest === undefined || worst === 'none') return undefined;
    // Seals may end where the genesis says so; what is wrong before that must not be lost.
    if (last.judged.verdict === 'none' && this.fault === undefined) return undefined;
    const fault = this.fault;
    const common = {
      verdict: worst,
      hash,
      sealed_blocks: this.sealed,
      validators: last.judged.validators,
      changes: this.judge.changes.map(({ block, validators }) => ({
        block: plainNumber(block),
        validators: [...validators],
      })),
      ...(this.legacy === undefined ? {} : { legacy: this.legacy }),
      ...(fault === undefined
        ? {}
        : { fault: { block: plainNumber(fault.block), code: fault.code, message: fault.message } }),
    };
    if (this.isClique(last.block)) {
      const needed = Math.floor(last.judged.validators / 2) + 1;
      const support = { needed, signers: [], headers: [] };
      return { kind: 'clique-signers', ...common, signers: [...this.signers].sort(), support };
    }
    const { judged, block } = weakest;
    return {
      kind: 'commit-seals',
      ...common,
      formula: this.isLegacyQuorum ? LEGACY_FORMULA : QUORUM_FORMULA,
      needed: last.judged.needed,
      signers: [...last.judged.signers],
      weakest: {
        block: plainNumber(block),
        signatures: judged.signers.length,
        needed: judged.needed,
        validators: judged.validators,
      },
    };
  }
}

const plural = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`;

/** A certificate in one sentence, for events and people. */
export const certificateSummary = (certificate: SegmentCertificate): string => {
  if (certificate.kind === 'validator-confirmations') {
    const { confirmed_by: by } = certificate;
    return `no seals in this consensus; ${plural(by.length, 'validator')} confirmed the end block`;
  }
  const { fault: wrong, legacy, validators } = certificate;
  const why = legacy === undefined ? '' : `; ${legacy}`;
  const found = wrong === undefined ? why : `${why}; block ${wrong.block}: ${wrong.message}`;
  const blocks = plural(certificate.sealed_blocks, 'block');
  if (certificate.kind === 'clique-signers') {
    const { support } = certificate;
    const after = `${support.signers.length} of ${validators} signers built on the last block (support, not finality)`;
    return `${certificate.verdict}: ${blocks} signed by known signers; ${after}${found}`;
  }
  const { formula, signers, needed } = certificate;
  const end = `${signers.length} of ${validators} validators sealed the end, ${formula} = ${needed} needed`;
  return `${certificate.verdict}: ${blocks} with enough seals; ${end}${found}`;
};
