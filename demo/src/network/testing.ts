import { decodeRlp, encodeRlp, keccak256, recoverAddress } from 'ethers';

export type Json = Readonly<Record<string, unknown>>;
export type RpcReply = Readonly<{
  id?: unknown;
  result?: unknown;
  error?: { code: number; message: string };
}>;

/** A raw POST; rejects after `timeoutMs` without an answer. */
export const post = (url: string, body: unknown, timeoutMs = 5000): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });

export const call = async (url: string, method: string, ...params: unknown[]): Promise<RpcReply> =>
  (await (await post(url, { jsonrpc: '2.0', id: 1, method, params })).json()) as RpcReply;

export const rpc = async <T>(url: string, method: string, ...params: unknown[]): Promise<T> => {
  const reply = await call(url, method, ...params);
  if (reply.error !== undefined) throw new Error(`${method}: ${reply.error.message}`);
  return reply.result as T;
};

export const hex = (number: number): string => `0x${number.toString(16)}`;
export const height = async (url: string): Promise<number> =>
  Number(await rpc<string>(url, 'eth_blockNumber'));
export const hashAt = async (url: string, number: number): Promise<string | undefined> =>
  (await rpc<{ hash: string } | null>(url, 'eth_getBlockByNumber', hex(number), false))?.hash;

export type SealedHeader = Readonly<{
  hash: string;
  parentHash: string;
  number: number;
  signer: string;
  difficulty: number;
}>;

/** What a raw block says of itself, computed with another library than the one that made it. */
export const readSealed = (rawBlock: string): SealedHeader => {
  const [header] = decodeRlp(rawBlock) as unknown as [string[]];
  const [parentHash = '', , , , , , , difficulty = '', number = '0x', , , , extraData = ''] = header;
  const unsealed = header.map((field, index) => (index === 12 ? extraData.slice(0, -130) : field));
  const seal = extraData.slice(-130);
  const signature = `0x${seal.slice(0, 128)}${(27 + Number(`0x${seal.slice(128)}`)).toString(16)}`;
  return {
    hash: keccak256(encodeRlp(header)),
    parentHash,
    number: number === '0x' ? 0 : Number(number),
    difficulty: Number(difficulty),
    signer: recoverAddress(keccak256(encodeRlp(unsealed)), signature).toLowerCase(),
  };
};
