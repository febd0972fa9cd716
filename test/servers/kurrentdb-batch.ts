import { createRequire } from 'node:module';
import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import { AllStreamPosition, Empty, WrongExpectedVersion } from '@eventstore/db-client/generated/shared_pb.js';
import { Code } from '@eventstore/db-client/generated/code_pb.js';
import { Status } from '@eventstore/db-client/generated/status_pb.js';
import type { BatchAppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { Expected, WriteResult } from './kurrentdb-log.js';

// The protobuf runtime of the client itself: messages of two runtimes don't mix.
const require = createRequire(createRequire(import.meta.url).resolve('@eventstore/db-client'));
type AnyMessage = { pack: (bytes: Uint8Array, name: string) => void };
const { Any } = require('google-protobuf/google/protobuf/any_pb.js') as { Any: new () => AnyMessage };

const expectedOf = (options: BatchAppendReq.Options): Expected => {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no_stream';
  return options.hasStreamExists() ? 'stream_exists' : BigInt(options.getStreamPosition());
};

const wrongVersion = (current: bigint | undefined, expected: Expected): Status => {
  const wrong = new WrongExpectedVersion();
  if (current === undefined) wrong.setCurrentNoStream(new Empty());
  else wrong.setCurrentStreamRevision(String(current));
  if (typeof expected === 'bigint') wrong.setExpectedStreamPosition(String(expected));
  const any = new Any();
  any.pack(wrong.serializeBinary(), 'event_store.client.WrongExpectedVersion');
  return new Status()
    .setCode(Code.FAILED_PRECONDITION)
    .setMessage('WrongExpectedVersion')
    .setDetails(any as never);
};

/** Writes one batch of the newer append and gives its answer. */
export const batchResponse = (
  correlationId: UUID,
  options: BatchAppendReq.Options,
  write: (expected: Expected) => WriteResult,
): BatchAppendResp => {
  const expected = expectedOf(options);
  const result = write(expected);
  const response = new BatchAppendResp().setCorrelationId(correlationId);
  response.setStreamIdentifier(options.getStreamIdentifier());
  if (result.kind !== 'written')
    return response.setError(wrongVersion(result.kind === 'conflict' ? result.current : undefined, expected));
  const position = new AllStreamPosition();
  position.setCommitPosition(String(result.position));
  position.setPreparePosition(String(result.position));
  const success = new BatchAppendResp.Success();
  success.setCurrentRevision(String(result.revision));
  success.setPosition(position);
  return response.setSuccess(success);
};
