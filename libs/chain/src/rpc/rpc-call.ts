import type { CodedError } from '#libs/kernel';

import type { IdSpan, ParsedAnswer } from './rpc-answer.js';

export type RpcCall = Readonly<{ method: string; params: readonly unknown[] }>;

/** The outcome of one item of a batch: its value, or the error that concerns this item alone. */
export type RpcOutcome<T = unknown> =
  Readonly<{ ok: true; value: T }> | Readonly<{ ok: false; error: CodedError }>;

/** Reads an answer; its errors don't name the node. */
export type Parser<T> = (bytes: Uint8Array, ids: IdSpan) => ParsedAnswer<T>;
