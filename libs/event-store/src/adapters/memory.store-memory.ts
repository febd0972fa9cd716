import { CodedError } from '#libs/kernel';
import {
  StoreMemory,
  toRecord,
  toText,
  type StoreRecord,
  type StoreRecordChange,
  type StoreRecordText,
} from '../store-memory.js';

/** The StoreMemory port in memory, for tests. */
export class MemoryStoreMemory extends StoreMemory {
  private text: StoreRecordText | undefined;

  async recall(): Promise<StoreRecord | undefined> {
    return this.text && toRecord(this.text);
  }

  async update(fields: StoreRecordChange): Promise<void> {
    const installation = this.text?.installation ?? fields.installation;
    if (installation === undefined) throw new CodedError('INPUT_INVALID', 'Which installation?');
    const empty = { installation, founded: false, last: null, stopped: null, decision: null };
    this.text = { ...empty, ...this.text, ...toText(fields) };
  }
}
