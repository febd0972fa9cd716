import type { CodedError } from '#libs/kernel';

/** geth: history below a point was removed on purpose. */
const PRUNED = 4444;
/** Besu: unknown block. */
const UNKNOWN_BLOCK = -39001;
const ABSENT = /not found|missing|unknown block|pruned|not available|out of range/i;

/** Does the node's own word say that it has no such block? Every other error says nothing about what it has. */
export const isAbsence = (error: CodedError | undefined): boolean => {
  if (error?.code !== 'NODE_RPC_ERROR') return false;
  const { rpcCode } = error.context;
  return rpcCode === PRUNED || rpcCode === UNKNOWN_BLOCK || ABSENT.test(error.message);
};
