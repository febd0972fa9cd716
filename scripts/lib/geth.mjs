/** geth 1.13.15, the last release that seals Clique: built once with Go and kept outside the checkout. */
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './project.mjs';

const VERSION = '1.13.15';

/** Path of the binary; `CHAINKEEP_GETH` wins. */
export const gethPath = () => {
  const cache = process.env.CHAINKEEP_CACHE || join(homedir(), '.cache/chainkeep');
  return process.env.CHAINKEEP_GETH || join(cache, `geth-${VERSION}`, 'geth');
};

/** Builds it when it is missing (some minutes). Resolves to its path, or to what went wrong. */
export const provideGeth = async () => {
  const path = gethPath();
  if (!existsSync(path)) {
    const folder = join(path, '..');
    mkdirSync(folder, { recursive: true });
    const { code, output } = await run(
      'go',
      ['install', '-ldflags=-checklinkname=0', `github.com/ethereum/go-ethereum/cmd/geth@v${VERSION}`],
      { env: { GOBIN: folder }, quiet: true },
    );
    if (code !== 0) return { problem: `go install of geth ${VERSION} failed:\n${output}` };
  }
  const { output } = await run(path, ['version'], { quiet: true });
  return output.includes(`Version: ${VERSION}-`)
    ? { path }
    : { problem: `${path} is not geth ${VERSION}:\n${output}` };
};
