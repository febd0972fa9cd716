import { pipeline, Transform, type Readable, type TransformCallback } from 'node:stream';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { CodedError } from '#libs/kernel';

/** A page of 1,000 keys of 1,024 bytes, each of them escaped, is a quarter of it. */
const ANSWER_BYTES_MAX = 16 << 20;

type Handle = NodeHttpHandler['handle'];

const boundedBody = (body: Readable): Readable => {
  let bytes = 0;
  const bound = new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      bytes += chunk.length;
      if (bytes <= ANSWER_BYTES_MAX) done(null, chunk);
      else done(new CodedError('TARGET_UNFIT', 'The answer of the store has no end.'));
    },
  });
  return pipeline(body, bound, () => undefined);
};

/** Requests of the SDK. Answers that it reads into memory, that is all but objects, have a bound. */
export class BoundedHandler extends NodeHttpHandler {
  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const answer = await super.handle(request, options);
    const isObject = request.query['x-id'] === 'GetObject' && answer.response.statusCode < 300;
    const { body } = answer.response as { body?: Readable };
    if (!isObject && body !== undefined) answer.response.body = boundedBody(body);
    return answer;
  }
}
