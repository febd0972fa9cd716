import { createHash, type Hash } from 'node:crypto';
import { canonicalJson, CodedError } from '#libs/kernel';
import { START, type Position } from '#libs/event-sourcing';
import type { ApplyCommand, Fingerprint } from './read-model-store.js';

/** A row as it lies in a store: the document is canonical JSON, so equal documents are equal text. */
export type DocumentText = Readonly<{
  collection: string;
  id: string;
  parent: string | undefined;
  sort: string;
  document: string;
}>;

/** Throws INPUT_INVALID for a document that is not JSON. */
export const toDocumentText = (document: unknown): string => {
  const text = canonicalJson(document) as string | undefined;
  if (text !== undefined) return text;
  throw new CodedError('INPUT_INVALID', 'A document of a read model must be JSON.');
};

/** Throws REVISION_CONFLICT unless the projection stands where the changes were worked out from. */
export const checkApply = (
  { projection, expected, position }: ApplyCommand,
  stored: Position | undefined,
): void => {
  const at = stored ?? START;
  if (at !== expected) {
    throw new CodedError('REVISION_CONFLICT', `${projection} is at ${at}, not at ${expected}.`, {
      context: { projection, expected, at },
    });
  }
  if (position < expected)
    throw new CodedError('INPUT_INVALID', `${projection} can't go back from ${expected} to ${position}.`);
};

/** Lengths before texts: no two different rows give the same bytes. */
const addRow = (hash: Hash, { collection, id, parent, sort, document }: DocumentText): void => {
  for (const text of [collection, id, parent, sort, document]) {
    hash.update(text === undefined ? '-;' : `${Buffer.byteLength(text)};${text}`);
  }
};

const ATTEMPTS_MAX = 5;

/** Digest of rows that come ordered by collection and id, taken while the checkpoint stands still. */
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
