/**
 * `npm run screenshots`: pictures of every page of the console, light, dark and on a phone, of a demo network that is
 * started for them. They go to artefacts/screenshots.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { artefacts, ensureBuilt, ensureConsoleBuilt, inRoot, say } from './lib/project.mjs';
import { provide } from './lib/servers.mjs';

const ENVIRONMENT = '/consortia/demo/environments/demo';
const PAGES = [
  ['dashboard', '/'],
  ['overview', ENVIRONMENT],
  ['targets', `${ENVIRONMENT}/targets`],
  ['runs', `${ENVIRONMENT}/runs`],
  ['nodes', `${ENVIRONMENT}/nodes`],
  ['settings', `${ENVIRONMENT}/settings`],
  ['members', '/consortia/demo/members'],
];
const KINDS = [
  ['light', { colorScheme: 'light', viewport: { width: 1280, height: 900 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1280, height: 900 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 }],
];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
const WAIT_MS = 30_000;

const until = async (read, what) => {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const value = await read().catch(() => undefined);
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

const startDemo = async (home) => {
  const child = spawn(process.execPath, [inRoot('dist/apps/standalone/src/main.js')], {
    env: { ...process.env, CHAINKEEP_HOME: home, CHAINKEEP_PORT: '0', CHAINKEEP_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  const url = await until(async () => /Console +(\S+)/.exec(said)?.[1], 'the start');
  const control = /Demo control (\S+)/.exec(said)[1];
  return { child, url, control };
};

/** Something to see: two targets, one of which fails, and a disputed run after the good ones. */
const prepare = async (url, control, home) => {
  const api = `${url}/api/v1${ENVIRONMENT}`;
  const get = async (path) => (await fetch(`${api}/${path}`)).json();
  const post = async (path, body = {}) =>
    fetch(`${api}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const finished = async (count) =>
    until(async () => {
      await post('backup/runs');
      return (await get('backup/coverage')).files.length >= count;
    }, 'a backup');
  await finished(4);
  mkdirSync(join(home, 'bank-a'));
  const target = (name, member, path) => ({
    _id: name.toLowerCase().replaceAll(' ', '-'),
    name,
    membership_id: member,
    type: 'backup',
    details: { provider: 'directory', path, environment_backup_target: true },
  });
  await post('configurations', target('Bank A archive', 'bank-a', join(home, 'bank-a')));
  await post('configurations', target('Bank B archive', 'bank-b', '/proc/no-such-place'));
  await until(
    async () => (await get('configurations')).some(({ delivered }) => delivered.files >= 4),
    'a delivery',
  );
  await fetch(`${control}/validator-3/fork`, { method: 'POST', headers: { 'x-chainkeep-demo': '1' } });
  await until(async () => {
    await post('backup/runs');
    return (await get('backup/runs')).some(
      ({ state, departures }) => state === 'disputed' || departures.length > 0,
    );
  }, 'a dispute');
  const runs = await get('backup/runs');
  const disputed = runs.find(({ departures, state }) => departures.length > 0 || state === 'disputed');
  const completed = runs.find(({ state }) => state === 'completed');
  return [
    ['run', `${ENVIRONMENT}/runs/${completed._id}`],
    ['run-disputed', `${ENVIRONMENT}/runs/${disputed._id}`],
  ];
};

const shoot = async (browser, url, pages, folder) => {
  for (const [kind, options] of KINDS) {
    const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
    const page = await context.newPage();
    for (const [name, path] of pages) {
      await page.goto(`${url}${path}`);
      await page.waitForLoadState('load');
      await page.getByText('Live', { exact: true }).waitFor();
      await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
      if (name === 'overview') {
        await page.getByRole('application').focus();
        for (let step = 0; step < 2; step += 1) await page.keyboard.press('ArrowRight');
      }
      if (name === 'run')
        await page
          .getByRole('button', { name: /^Certificate/ })
          .first()
          .click();
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(folder, `${name}-${kind}.png`), fullPage: true });
      if (name === 'targets') {
        await page.getByRole('button', { name: 'Add a target' }).click();
        await page.getByRole('dialog').waitFor();
        await page.screenshot({ path: join(folder, `target-form-${kind}.png`) });
        await page.keyboard.press('Escape');
      }
    }
    await context.close();
  }
};

await ensureBuilt();
await ensureConsoleBuilt();
const { path: executablePath, problem } = await provide('chromium');
if (problem) {
  say(problem);
  process.exit(1);
}
const home = mkdtempSync(join(tmpdir(), 'chainkeep-screenshots-'));
const folder = join(artefacts(), 'screenshots');
mkdirSync(folder, { recursive: true });
const demo = await startDemo(home);
const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  const runs = await prepare(demo.url, demo.control, home);
  await shoot(browser, demo.url, [...PAGES, ...runs], folder);
  say(`Screenshots are in ${folder}.`);
} finally {
  await browser.close();
  const ended = new Promise((resolve) => demo.child.once('exit', resolve));
  demo.child.kill('SIGINT');
  await ended;
  rmSync(home, { recursive: true, force: true });
}
