import type { LiveEnvironment } from '#libs/domain';
import { hintOf, type ErrorCode, type Instant } from '#libs/kernel';

/** `error`: backups or copies are at risk now. `warning`: somebody should look. `info`: good to know. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const SUBJECT_KINDS = ['environment', 'node'] as const;
export type FindingSubject = Readonly<{
  kind: (typeof SUBJECT_KINDS)[number];
  id: string;
  name: string;
  environment_id: string;
}>;

/** Where a finding comes from, as far as it applies. Block numbers are plain numbers, as in every document. */
export type FindingEvidence = Readonly<{
  run_id?: string;
  nodes?: readonly string[];
  block?: number;
  head_block?: number;
  protected_block?: number;
  /** The first file concerned, and how many there are. */
  file?: string;
  files?: number;
}>;

/** One thing that is wrong, or about to be. The same code of the same subject is the same finding at every look. */
export type Finding = Readonly<{
  _id: string;
  code: ErrorCode;
  severity: Severity;
  /** `null` where no event says when it began. */
  since: Instant | null;
  last_looked: Instant;
  subject: FindingSubject;
  /** The finding that this one follows from. */
  caused_by: string | null;
  acknowledged_until: Instant | null;
  /** What happened, with the names of nodes. */
  message: string;
  /** What to do about it. */
  cure: string;
  /** The page of the console that shows more. */
  link: string;
  evidence: FindingEvidence;
}>;

export type FindingDraft = Pick<Finding, 'code' | 'severity' | 'message' | 'last_looked'> &
  Readonly<{
    since?: Instant | undefined;
    /** A node's id; left out, the subject is the environment. */
    nodeId?: string | undefined;
    /** The code of the error behind this one: its hint says more. */
    cause?: string | undefined;
    /** Where the code's hint speaks of another moment. */
    cure?: string;
    /** Below the environment's page. */
    section?: string;
    evidence?: FindingEvidence;
  }>;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A text of the services with the names of nodes in place of their ids. */
const inWords = ({ nodes }: LiveEnvironment, text: string): string => {
  const renamed = [...nodes.values()].filter(({ nodeId, name }) => name !== nodeId);
  if (renamed.length === 0) return text;
  const names = new Map(renamed.map(({ nodeId, name }) => [nodeId, name]));
  const ids = [...names.keys()].sort((a, b) => b.length - a.length).map(escaped);
  const id = new RegExp(`(?<![\\w./-])(?:${ids.join('|')})(?![\\w-]|\\.\\w)`, 'g');
  return text.replace(id, (found) => names.get(found) ?? found);
};

const subjectOf = (environment: LiveEnvironment, nodeId: string | undefined): FindingSubject => {
  const { environmentId, name } = environment;
  if (nodeId === undefined)
    return { kind: 'environment', id: environmentId, name, environment_id: environmentId };
  const node = environment.nodes.get(nodeId);
  return { kind: 'node', id: nodeId, name: node?.name ?? nodeId, environment_id: environmentId };
};

export const findingOf = (environment: LiveEnvironment, draft: FindingDraft): Finding => {
  const {
    code,
    severity,
    message,
    last_looked,
    since,
    nodeId,
    cause,
    cure,
    section = '',
    evidence = {},
  } = draft;
  const { consortiumId, environmentId } = environment;
  const subject = subjectOf(environment, nodeId);
  return {
    _id: [code, environmentId, ...(nodeId === undefined ? [] : [nodeId])].join('.'),
    code,
    severity,
    since: since ?? null,
    last_looked,
    subject,
    caused_by: null,
    acknowledged_until: null,
    message: inWords(environment, message),
    cure: cure ?? hintOf(code, cause),
    link: `/consortia/${consortiumId}/environments/${environmentId}${section}`,
    evidence,
  };
};

/** Findings with the same identity as one: the first, which says how many there are. */
export const eachOnce = (findings: readonly Finding[]): readonly Finding[] => {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) groups.set(finding._id, [...(groups.get(finding._id) ?? []), finding]);
  return [...groups.values()].flatMap(([first, ...more]) => {
    if (first === undefined) return [];
    const message = more.length === 0 ? first.message : `${first.message} (${more.length} more like this)`;
    return [{ ...first, message }];
  });
};
