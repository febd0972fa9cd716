import { ensureOperatorKey, type ServicePorts } from '#libs/services';

/** The first operator key is shown once, by the replica that made it, and kept in its data directory. */
export const announceOperatorKey = async (
  ports: Pick<ServicePorts, 'clock' | 'home' | 'streams'>,
): Promise<void> => {
  const key = await ensureOperatorKey(ports);
  if (key === undefined) return;
  process.stdout.write(`Operator key ${key} (shown once; kept in operator.key of the data directory)\n`);
};
