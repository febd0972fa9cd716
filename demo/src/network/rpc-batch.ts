import { callMethod, INVALID_REQUEST, type RpcAnswer, type RpcFault, type RpcSite } from './rpc-methods.js';

/** geth's limits. */
export const BATCH_ITEMS_MAX = 1000;
const BATCH_RESPONSE_BYTES_MAX = 25_000_000;
const PARSE_ERROR = -32700;
const INTERNAL_ERROR = -32603;
const RESPONSE_TOO_LARGE: RpcFault = { code: -32003, message: 'response too large' };

type Call = Readonly<{ id?: unknown; method: string; params: readonly unknown[] }>;
type Id = string | number | null;

const idOf = (item: unknown): Id => {
  const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
};

const parseCall = (item: unknown): Call | undefined => {
  if (typeof item !== 'object' || item === null) return undefined;
  const { method, params = [], id, jsonrpc } = item as Record<string, unknown>;
  if (jsonrpc !== '2.0' || typeof method !== 'string' || !Array.isArray(params)) return undefined;
  return { method, params, ...('id' in item ? { id } : {}) };
};

const render = (id: Id, answer: RpcAnswer): string => JSON.stringify({ jsonrpc: '2.0', id, ...answer });
const failure = (id: Id, code: number, message: string): string => render(id, { error: { code, message } });

/** The answer as JSON; undefined for a notification, which gets none. */
const answerItem = async (site: RpcSite, item: unknown): Promise<string | undefined> => {
  const call = parseCall(item);
  if (call === undefined) return failure(idOf(item), INVALID_REQUEST, 'invalid request');
  if (!('id' in call)) return undefined;
  const answer = await callMethod(site, call.method, call.params).catch((error: unknown): RpcAnswer => ({
    error: { code: INTERNAL_ERROR, message: error instanceof Error ? error.message : 'internal error' },
  }));
  return render(idOf(item), answer);
};

const answerBatch = async (site: RpcSite, items: readonly unknown[]): Promise<string> => {
  if (items.length === 0) return failure(null, INVALID_REQUEST, 'empty batch');
  if (items.length > BATCH_ITEMS_MAX) {
    return `[${failure(idOf(items[0]), INVALID_REQUEST, 'batch too large')}]`;
  }
  const answers: string[] = [];
  let bytes = 0;
  for (const item of items) {
    const answer =
      bytes > BATCH_RESPONSE_BYTES_MAX
        ? render(idOf(item), { error: RESPONSE_TOO_LARGE })
        : await answerItem(site, item);
    if (answer === undefined) continue;
    bytes += answer.length;
    answers.push(answer);
  }
  return answers.length === 0 ? '' : `[${answers.join(',')}]`;
};

/** Answers a request body, one call or a batch, with geth's limits and error codes. */
export const answerBody = async (site: RpcSite, body: string): Promise<string> => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return failure(null, PARSE_ERROR, 'parse error');
  }
  if (Array.isArray(parsed)) return answerBatch(site, parsed);
  return (await answerItem(site, parsed)) ?? '';
};
