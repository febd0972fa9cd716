import { createRequire } from 'node:module';
import codePb from '@eventstore/db-client/generated/code_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { Expected, WriteResult } from './kurrentdb-log.js';

// The protobuf runtime of the client itself: messages of two runtimes don't mix.
const require = createRequire(createRequire(import.meta.url).resolve('@eventstore/db-client'));
type AnyMessage = { pack: (bytes: Uint8Array, name: string) => void };
const { Any } = require('google-protobuf/google/protobuf/any_pb.js') as { Any: new () => AnyMessage };

const expectedOf = (options: streamsPb.BatchAppendReq.Options): Expected => {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no_stream';
  return options.hasStreamExists() ? 'stream_exists' : BigInt(options.getStreamPosition());
};

const wrongVersion = (current: bigint | undefined, expected: Expected): statusPb.Status => {
  const wrong = new sharedPb.WrongExpectedVersion();
  if (current === undefined) wrong.setCurrentNoStream(new sharedPb.Empty());
  else wrong.setCurrentStreamRevision(String(current));
  if (typeof expected === 'bigint') wrong.setExpectedStreamPosition(String(expected));
  const any = new Any();
  any.pack(wrong.serializeBinary(), 'event_store.client.WrongExpectedVersion');
  return new statusPb.Status()
    .setCode(codePb.Code.FAILED_PRECONDITION)
    .setMessage('WrongExpectedVersion')
    .setDetails(any as never);
};

/** Writes one batch of the newer append and gives its answer. */
export const batchResponse = (
  correlationId: sharedPb.UUID,
  options: streamsPb.BatchAppendReq.Options,
  write: (expected: Expected) => WriteResult,
): streamsPb.BatchAppendResp => {
  const expected = expectedOf(options);
  const result = write(expected);
  const response = new streamsPb.BatchAppendResp().setCorrelationId(correlationId);
  response.setStreamIdentifier(options.getStreamIdentifier());
  if (result.kind !== 'written')
    return response.setError(wrongVersion(result.kind === 'conflict' ? result.current : undefined, expected));
  const position = new sharedPb.AllStreamPosition();
  position.setCommitPosition(String(result.position));
  position.setPreparePosition(String(result.position));
  const success = new streamsPb.BatchAppendResp.Success();
  success.setCurrentRevision(String(result.revision));
  success.setPosition(position);
  return response.setSuccess(success);
};
