import { z } from 'zod';
import {
  instant,
  isRequestType,
  REQUEST_CONTRACTS,
  type RequestBody,
  type RequestType,
} from '#libs/contracts';
import { beyondJsonBounds, CodedError, toEpochMs } from '#libs/kernel';
import type { TopicRecord } from '#libs/messaging';

const REQUEST_BYTES_MAX = 64 * 1024;
const PROBLEMS_SHOWN = 5;
const BODY_BOUNDS = { depthMax: 32, valuesMax: 10_000 };

/** Headers a request carries beside its JSON body. */
export const requestHeaders = z.object({
  ce_specversion: z.literal('1.0'),
  ce_id: z.string().min(1).max(200),
  ce_source: z.string().min(1).max(200),
  ce_type: z.string().min(1).max(100),
  ce_time: instant.refine((time) => !Number.isNaN(toEpochMs(time)), {
    message: 'a date that exists is expected',
  }),
  /** Compact JWS over what `signedClaims` names. */
  jws: z.string().min(1).max(4_000),
});

/** A request by its type. */
type Typed = { [Type in RequestType]: Readonly<{ type: Type; body: RequestBody<Type> }> }[RequestType];

/** A request with a valid form. Its signature is not checked yet. */
export type RequestMessage = Typed &
  Readonly<{
    id: string;
    source: string;
    time: string;
    jws: string;
    bytes: Buffer;
    json: Readonly<Record<string, unknown>>;
    place: string;
  }>;

const problemsOf = (error: z.ZodError): string =>
  error.issues
    .slice(0, PROBLEMS_SHOWN)
    .map(({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`)
    .join('; ');

const invalid = (what: string, cause?: unknown): CodedError =>
  new CodedError('REQUEST_INVALID', what, cause === undefined ? {} : { cause });

const parseBody = (bytes: Buffer): unknown => {
  const beyond = beyondJsonBounds(bytes, BODY_BOUNDS);
  if (beyond !== undefined) throw invalid(`The body is refused: ${beyond}.`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalid('The body is not JSON in UTF-8.', error);
  }
};

/** Headers and body of a record, checked. REQUEST_TOO_LARGE or REQUEST_INVALID, naming what is wrong. */
export const readRequest = ({ headers, value, topic, partition, offset }: TopicRecord): RequestMessage => {
  const bytes = value ?? Buffer.alloc(0);
  if (bytes.length > REQUEST_BYTES_MAX)
    throw new CodedError('REQUEST_TOO_LARGE', `The request has ${bytes.length} bytes.`, {
      context: { bytes: bytes.length, bytesMax: REQUEST_BYTES_MAX },
    });
  if (headers['jws'] === undefined)
    throw new CodedError('REQUEST_UNSIGNED', 'The request has no "jws" header.');
  const attributes = requestHeaders.safeParse(headers);
  if (!attributes.success) throw invalid(`Invalid headers: ${problemsOf(attributes.error)}.`);
  const { ce_id: id, ce_source: source, ce_type: type, ce_time: time, jws } = attributes.data;
  if (!isRequestType(type)) {
    const known = Object.keys(REQUEST_CONTRACTS).join(', ');
    throw invalid(`ce_type ${type} is not a request. Use one of ${known}.`);
  }
  const json = parseBody(bytes);
  const body = REQUEST_CONTRACTS[type].safeParse(json);
  if (!body.success) throw invalid(`Invalid ${type}: ${problemsOf(body.error)}.`);
  return {
    ...({ type, body: body.data } as Typed),
    ...{ id, source, time, jws, bytes },
    json: json as Readonly<Record<string, unknown>>,
    place: `${topic}/${partition}@${offset}`,
  };
};
