import { CodedError } from '#libs/kernel';
import type { ServicePorts } from '#libs/platform';

/** Registers what the network file describes. */
export const applyNetworkFile = async ({
  file,
}: Readonly<{
  url: string;
  file: string;
  key: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  ports: ServicePorts;
}>): Promise<void> => {
  throw new CodedError('CONFIG_INVALID', `Network files are not read yet: ${file}.`);
};
