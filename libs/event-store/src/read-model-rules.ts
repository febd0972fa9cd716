import { createHash, type Hash } from 'node:crypto';
import { CodedError } from '#libs/kernel';
import { START, type Position } from '#libs/event-sourcing';
import { JsonText, type ApplyCommand, type Fingerprint, type ReadModelChange } from './read-model-store.js';

/** A row as it lies in a store: the document is canonical JSON, so equal documents are equal text. */
export type DocumentText = Readonly<{
  collection: string;
  id: string;
  parent: string | undefined;
  sort: string;
  document: string;
}>;

type Put = Extract<ReadModelChange, { kind: 'put' }>;

/** What has to be done to each row in the end, in the order of their keys: neighbours lie on one page of an index. */
export type Applied = Readonly<{
  puts: readonly DocumentText[];
  deletes: readonly Readonly<{ collection: string; id: string }>[];
}>;

const toText = ({ collection, id, parent, sort = id, document }: Put): DocumentText => ({
  collection,
  id,
  parent,
  sort,
  document: JsonText.of(document).text,
});

/** Of several changes of one document the last one counts. Throws INPUT_INVALID for a document that is not JSON. */
export const toApplied = (changes: readonly ReadModelChange[]): Applied => {
  const last = new Map<string, ReadModelChange>();
  // Names of collections hold no NUL.
  for (const change of changes) last.set(`${change.collection}\0${change.id}`, change);
  const puts: DocumentText[] = [];
  const deletes: ReadModelChange[] = [];
  for (const key of [...last.keys()].sort()) {
    const change = last.get(key);
    if (change?.kind === 'put') puts.push(toText(change));
    else if (change) deletes.push(change);
  }
  return { puts, deletes };
};

/** Throws REVISION_CONFLICT unless the projection is at this checkpoint. */
export const checkExpected = (projection: string, expected: Position, stored: Position | undefined): void => {
  const at = stored ?? START;
  if (at === expected) return;
  throw new CodedError('REVISION_CONFLICT', `${projection} is at ${at}, not at ${expected}.`, {
    context: { projection, expected, at },
  });
};

/** Throws REVISION_CONFLICT unless the projection is at the checkpoint that the changes start from. */
export const checkApply = (
  { projection, expected, position }: ApplyCommand,
  stored: Position | undefined,
): void => {
  checkExpected(projection, expected, stored);
  if (position < expected)
    throw new CodedError('INPUT_INVALID', `${projection} can't go back from ${expected} to ${position}.`);
};

/** Throws REVISION_CONFLICT unless readers use the projection that will be replaced; without one they may use any. */
export const checkActivate = (
  name: string,
  instead: string | undefined,
  active: string | undefined,
): void => {
  if (instead === undefined || instead === active) return;
  throw new CodedError(
    'REVISION_CONFLICT',
    `${name} is read from ${active ?? 'nothing'}, not from ${instead}.`,
    {
      context: { name, active, instead },
    },
  );
};

/** Lengths before texts: no two different rows give the same bytes. */
const addRow = (hash: Hash, { collection, id, parent, sort, document }: DocumentText): void => {
  for (const text of [collection, id, parent, sort, document]) {
    hash.update(text === undefined ? '-;' : `${Buffer.byteLength(text)};${text}`);
  }
};

const ATTEMPTS_MAX = 5;

/** Digest of rows ordered by collection and id, taken while the checkpoint does not move. */
export const fingerprintOf = async (
  projection: string,
  checkpoint: () => Promise<Position>,
  rows: () => AsyncIterable<DocumentText>,
): Promise<Fingerprint> => {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const position = await checkpoint();
    const hash = createHash('sha256');
    for await (const row of rows()) addRow(hash, row);
    if ((await checkpoint()) === position) return { position, sha256: hash.digest('hex') };
  }
  throw new CodedError('REVISION_CONFLICT', `${projection} keeps moving.`, { context: { projection } });
};
