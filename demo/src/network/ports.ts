import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from './snapshot.js';

const FILE = 'ports.json';

/** The ports of the last start, so that a URL that someone noted stays right; none when they cannot be read. */
export const readPorts = async (home: string): Promise<readonly number[]> => {
  try {
    const value: unknown = JSON.parse(await readFile(join(home, FILE), 'utf8'));
    const ports = Array.isArray(value) ? value : [];
    return ports.filter((port): port is number => Number.isInteger(port) && port > 0 && port < 65_536);
  } catch {
    return [];
  }
};

export const writePorts = (home: string, ports: readonly number[]): Promise<void> =>
  writeWhole(join(home, FILE), JSON.stringify(ports));
