import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { pathOfServer } from '../servers/real-servers.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const ACTION_MS = 240_000;

/** Builds the console from its sources into a separate folder, for `CHAINKEEP_CONSOLE`. */
export const buildConsole = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'console-build-'));
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', 'apps/console', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'];
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
  return folder;
};

/** Chromium on one service. Whatever a page complains about is kept, the policy's refusals included. */
export class ConsoleBrowser {
  readonly complaints: string[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly profile: string,
  ) {}

  static async start(): Promise<ConsoleBrowser> {
    const profile = await mkdtemp(join(tmpdir(), 'console-browser-'));
    const env = { ...process.env, HOME: profile } as Record<string, string>;
    const executablePath = pathOfServer('chromium');
    return new ConsoleBrowser(await chromium.launch({ executablePath, args: FLAGS, env }), profile);
  }

  /** A page in its own context, which shares nothing with others. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ locale: 'en-US', timezoneId: 'UTC', ...options });
    // The page asks by fetch too: its test asks the page only.
    await context.addInitScript({
      content: `document.addEventListener('securitypolicyviolation', (event) =>
        console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));`,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(ACTION_MS);
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      // Every browser logs a refused request; the page shows it in its own words.
      if (message.type() !== 'error' || message.text().startsWith('Failed to load resource')) return;
      this.complaints.push(message.text());
    });
    await page.goto(url);
    return page;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await rm(this.profile, { recursive: true, force: true });
  }
}

type Violation = Readonly<{ id: string; help: string; nodes: readonly Readonly<{ html: string }>[] }>;

/** What axe finds on a page by the rules of WCAG 2.2 AA, in a line each. */
export const violationsOf = async (page: Page): Promise<string[]> => {
  // Through the debugger, which the page's own policy does not concern.
  await page.evaluate(axe.source);
  const found = await page.evaluate<Violation[]>(`
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.map(({ id, help, nodes }) =>
        ({ id, help, nodes: nodes.map(({ html, any }) => ({ html: html + ' ' + (any[0]?.message ?? '') })) })))`);
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 400)}`),
  );
};

/** A line between a browser and a service that can be cut and restored. */
export const cuttableLine = async (to: string) => {
  const port = Number(new URL(to).port);
  const open = new Set<Socket>();
  let cut = false;
  const server = createServer((incoming) => {
    if (cut) {
      incoming.destroy();
      return;
    }
    const outgoing = connect(port, '127.0.0.1');
    for (const socket of [incoming, outgoing]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        incoming.destroy();
        outgoing.destroy();
      });
    }
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const destroyAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: (): void => {
      cut = true;
      destroyAll();
    },
    mend: (): void => {
      cut = false;
    },
    close: async (): Promise<void> => {
      destroyAll();
      await new Promise<void>((done) => {
        server.close(() => {
          done();
        });
      });
    },
  };
};
