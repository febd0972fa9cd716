import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { buildConsole, ConsoleBrowser } from './console-browser.js';
import { DemoService } from '../programs/demo-service.js';

const WAIT_MS = 240_000;

/** Reads until what was read is as expected; throws with the last of it when that takes too long. */
export const until = async <T>(read: () => Promise<T>, met: (value: T) => boolean): Promise<T> => {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const value = await read();
    if (met(value)) return value;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(value).slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

type Run = Readonly<{
  _id: string;
  confirmations: readonly Readonly<{ node_id: string; outcome: string }>[];
}>;
type Api = Readonly<{
  send: (method: string, path: string) => Promise<unknown>;
  get: <T>(path: string) => Promise<T>;
}>;

/** Requests a run; the id of a recent one in which the node answered another block (at first it may only be behind). */
export const requestUntilDiffers = async (
  api: Api,
  path: string,
  nodeId: string,
): Promise<string | undefined> => {
  await api.send('POST', `${path}/backup/runs`);
  const runs = await api.get<readonly Run[]>(`${path}/backup/runs?limit=20`);
  const differs = ({ confirmations }: Run): boolean =>
    confirmations.some(({ node_id, outcome }) => node_id === nodeId && outcome === 'differs');
  return runs.find(differs)?._id;
};

const removeAll = async (...folders: readonly string[]): Promise<void> => {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
};

/** A built console, a browser, and a service of the suite's own; also when one of them does not start, all is ended. */
export class ConsoleBench<
  Service extends Readonly<{ url: string; stop: () => Promise<unknown> }> = DemoService,
> {
  private constructor(
    readonly home: string,
    readonly browser: ConsoleBrowser,
    readonly service: Service,
    private readonly folder: string,
  ) {}

  /** With the demo network. */
  static start(): Promise<ConsoleBench> {
    return ConsoleBench.over((home, folder) =>
      DemoService.start({ CHAINKEEP_HOME: home, CHAINKEEP_CONSOLE: folder }),
    );
  }

  /** With a service of another kind. */
  static async over<Service extends Readonly<{ url: string; stop: () => Promise<unknown> }>>(
    startService: (home: string, consoleFolder: string) => Promise<Service>,
  ): Promise<ConsoleBench<Service>> {
    const home = await mkdtemp(join(tmpdir(), 'console-'));
    await mkdir(join(home, 'targets'));
    const folder = await buildConsole();
    const browser = await ConsoleBrowser.start();
    try {
      return new ConsoleBench(home, browser, await startService(home, folder), folder);
    } catch (error) {
      await browser.stop();
      await removeAll(home, folder);
      throw error;
    }
  }

  open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    return this.browser.open(`${this.service.url}${path}`, options);
  }

  async stop(): Promise<void> {
    await this.browser.stop();
    await this.service.stop();
    await removeAll(this.home, this.folder);
  }
}

/** The page is there, follows events and waits for nothing. */
export const settled = async (page: Page): Promise<void> => {
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
};
