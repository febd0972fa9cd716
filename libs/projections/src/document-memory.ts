import { JsonText, type ReadModelChange } from '#libs/event-store';

/** Each has some hundred bytes, that of a run with its files some thousand. */
const DOCUMENTS_MAX = 5_000;

/** The documents that a build wrote last, so that they need not be read from the read models again. */
export class DocumentMemory {
  private readonly documents = new Map<string, unknown>();

  /** `undefined` when it is not known here: it may lie in the read models. */
  get(key: string): unknown {
    return this.documents.get(key);
  }

  /** A change that is written, or will be before anything is read from the read models. Texts are not kept. */
  take(key: string, change: ReadModelChange): void {
    this.documents.delete(key);
    if (change.kind === 'delete' || change.document instanceof JsonText) return;
    this.documents.set(key, change.document);
    if (this.documents.size <= DOCUMENTS_MAX) return;
    const [oldest] = this.documents.keys();
    if (oldest !== undefined) this.documents.delete(oldest);
  }
}
