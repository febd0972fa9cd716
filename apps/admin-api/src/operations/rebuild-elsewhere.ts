import { CodedError } from '#libs/kernel';

/** Read models are the history-projector's; a process without it can't rebuild them. */
export const rebuildElsewhere = async (): Promise<never> => {
  throw new CodedError('SERVICE_UNREACHABLE', 'The history-projector is another process: rebuild it there.');
};
