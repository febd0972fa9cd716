import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { buildConsole, ConsoleBrowser } from './console-browser.js';
import { DemoService } from './demo-service.js';

const WAIT_MS = 20_000;

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

/** The console on a demo network of its own, in a browser. */
export class ConsoleBench {
  private constructor(
    readonly home: string,
    readonly browser: ConsoleBrowser,
    readonly service: DemoService,
    private readonly folder: string,
  ) {}

  static async start(): Promise<ConsoleBench> {
    const home = await mkdtemp(join(tmpdir(), 'console-'));
    const [folder, browser] = await Promise.all([buildConsole(), ConsoleBrowser.start()]);
    const service = await DemoService.start({ CHAINKEEP_HOME: home, CHAINKEEP_CONSOLE: folder });
    return new ConsoleBench(home, browser, service, folder);
  }

  open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    return this.browser.open(`${this.service.url}${path}`, options);
  }

  async stop(): Promise<void> {
    await this.browser.stop();
    await this.service.stop();
    await Promise.all([this.home, this.folder].map((path) => rm(path, { recursive: true, force: true })));
  }
}

/** The page is there, follows events and waits for nothing. */
export const settled = async (page: Page): Promise<void> => {
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
};
