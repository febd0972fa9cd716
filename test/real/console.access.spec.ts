/**
 * @proves The console signs users in and offers only what their key allows. Its pages pass axe in light and dark, fit a phone and work by keyboard alone.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ConsoleBench, settled } from '../support/worlds/console-bench.js';
import { violationsOf, type ConsoleBrowser } from '../support/worlds/console-browser.js';
import { describeWith } from '../support/servers/real-servers.js';
import { StandaloneProcess } from '../support/programs/standalone-process.js';

const PHONE = 360;
const PROD = 'consortia/acme/environments/prod';
const NETWORK = `consortium: { id: acme, name: Acme Trade }
members: [ { id: bank-a, name: Bank A }, { id: bank-b, name: Bank B } ]
environments:
  - id: prod
    provider: geth
    consensus: clique
    nodes:
      - { id: monitor, role: monitor, rpc: "http://127.0.0.1:1" }
      - { id: v1, role: validator, member: bank-a, rpc: "http://127.0.0.1:1" }
`;

describeWith('chromium')('who may use the console', () => {
  describe('with keys', () => {
    const ENVIRONMENT = '/consortia/acme/environments/prod';
    let keys: ConsoleBench<StandaloneProcess>;
    let service: StandaloneProcess;
    let browser: ConsoleBrowser;

    beforeAll(async () => {
      keys = await ConsoleBench.over(async (home, consoleFolder) => {
        const config = join(home, 'network.yaml');
        await writeFile(config, NETWORK);
        return StandaloneProcess.start({ home, config, env: { CHAINKEEP_CONSOLE: consoleFolder } });
      });
      ({ service, browser } = keys);
    });
    afterAll(async () => {
      await keys.stop();
    });

    const signIn = async (page: Page, key: string): Promise<void> => {
      await page.getByLabel('API key', { exact: true }).fill(key);
      await page.getByRole('button', { name: 'Sign in' }).click();
    };
    const settingsOf = async () => (await service.ask('GET', `${PROD}/backup`)).body;
    const keyOf = async (role: string): Promise<string> => {
      const { body } = await service.ask('POST', 'consortia/acme/memberships/bank-a/keys', {
        role,
        label: role,
      });
      return body['key'] as string;
    };

    it('asks for a key, refuses a wrong one with what to do, and stays where one wanted to go', async () => {
      const page = await browser.open(`${service.url}${ENVIRONMENT}/targets`);
      await page.getByRole('heading', { name: 'Sign in to Chainkeep' }).waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await signIn(page, 'ck_wrong');
      await page.getByText('The key is unknown or was revoked.').waitFor();
      await page.getByText(/What to do:/).waitFor();
      await signIn(page, service.key);
      await page.getByText('No targets yet').waitFor();
      expect(await page.content()).not.toContain(service.key);
      await page.reload();
      await page.getByText('No targets yet').waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in to Chainkeep' }).waitFor();
      await page.context().close();
    });

    it('changes what is believed of nodes and who a node is, and names what is refused', async () => {
      const page = await browser.open(`${service.url}${ENVIRONMENT}/settings`);
      await signIn(page, service.key);
      const before = await settingsOf();
      await page.getByLabel('Minimum confirmations').fill('2');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved', { exact: true }).waitFor();
      // What was not touched is not sent: it stays the default.
      expect(await settingsOf()).toEqual({ ...before, min_confirmations: 2 });
      await page.getByLabel('Blocks whose seals are invalid').selectOption('record');
      await page.getByLabel('Deepest fork replaced').fill('12');
      await page.getByLabel('Largest block (MiB)').fill('128');
      await page.getByLabel('Warn when no block comes within').fill('soon');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText(/expected_block_within must be an ISO 8601 duration/).waitFor();
      await page.getByLabel('Warn when no block comes within').fill('PT10M');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Saved', { exact: true }).waitFor();
      expect(await settingsOf()).toMatchObject({
        ...{ evidence: 'record', max_reorg_blocks: 12 },
        ...{ block_bytes_max: 128 * 1024 * 1024, expected_block_within: 'PT10M' },
      });
      expect(await violationsOf(page)).toEqual([]);
      await page.getByRole('link', { name: 'Nodes' }).click();
      const edit = async (address: string, sameAs: string): Promise<unknown> => {
        await page.getByRole('article', { name: 'v1' }).getByRole('button', { name: 'Edit' }).click();
        await page.getByLabel('Validator address').fill(address);
        await page.getByLabel('Same node as').selectOption(sameAs);
        await page.getByRole('button', { name: 'Save' }).click();
        await page.getByLabel('Validator address').waitFor({ state: 'detached' });
        const { body } = await service.ask('GET', `${PROD}/nodes/v1`);
        return [body['address'], body['same_as']];
      };
      const address = `0x${'22'.repeat(20)}`;
      expect(await edit(address, 'monitor')).toEqual([address, 'monitor']);
      expect(await edit('', '')).toEqual([undefined, undefined]);
      await page.context().close();
    });

    it('teaches where nothing is yet, and says what a silent monitor means', async () => {
      const page = await browser.open(`${service.url}${ENVIRONMENT}`);
      await signIn(page, service.key);
      await page.getByText('No backups yet').waitFor();
      await page.getByText('The monitor is not answering').waitFor();
      await page.getByText('Backups off').waitFor();
      await page.getByRole('link', { name: 'Runs' }).click();
      await page.getByText('No runs yet').waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.context().close();
    });

    it('offers a viewer nothing that changes anything', async () => {
      const page = await browser.open(service.url);
      await signIn(page, await keyOf('member_viewer'));
      await page.getByText('Viewer', { exact: true }).waitFor();
      for (const path of ['', '/targets', '/runs', '/nodes', '/settings']) {
        await page.goto(`${service.url}${ENVIRONMENT}${path}`);
        await settled(page);
        const names = await page.getByRole('main').getByRole('button').allInnerTexts();
        const reading = /^(Download history|Zoom in|Zoom out|Earlier|Later|Whole chain)$/;
        expect(names.filter((name) => !reading.test(name))).toEqual([]);
        expect(await page.locator('main :is(input, select):enabled').count()).toBe(0);
      }
      await page.context().close();
    });

    it('offers a member admin its own targets, without the directories of the server', async () => {
      const page = await browser.open(`${service.url}${ENVIRONMENT}/targets`);
      await signIn(page, await keyOf('member_admin'));
      await page.getByRole('button', { name: 'Add a target' }).click();
      const dialog = page.getByRole('dialog');
      expect(await dialog.getByLabel('Member').locator('option').allInnerTexts()).toEqual(['Bank A']);
      const kinds = await dialog.getByLabel('Storage').locator('option').allInnerTexts();
      expect(kinds).toEqual(['Amazon S3', 'S3-compatible store', 'Azure Blob Storage']);
      expect(await page.getByRole('button', { name: 'Back up now' }).count()).toBe(0);
      await dialog.getByLabel('Name').fill('Elsewhere');
      await dialog.getByLabel('Storage').selectOption('s3');
      await dialog.getByLabel('Endpoint').fill('http://169.254.169.254');
      await dialog.getByLabel('Bucket').fill('chain');
      await dialog.getByLabel('Secret access key', { exact: true }).fill('planted-secret');
      await dialog.getByRole('button', { name: 'Add and test' }).click();
      await dialog.getByText('URL_REFUSED').waitFor();
      expect(await dialog.getByLabel('Endpoint').inputValue()).toBe('http://169.254.169.254');
      expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain('planted-secret');
      await page.context().close();
    });

    it('lets an operator excuse a validator for some time, and end that', async () => {
      const page = await browser.open(`${service.url}${ENVIRONMENT}/nodes`);
      await signIn(page, service.key);
      const validator = page.getByRole('article', { name: 'v1' });
      await validator.getByRole('button', { name: 'Excuse' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('For').selectOption('One day');
      await dialog.getByLabel('Reason').fill('A new disk.');
      expect(await violationsOf(page)).toEqual([]);
      await dialog.getByRole('button', { name: 'Excuse' }).click();
      await validator.getByText(/Excused; ends .* A new disk\./).waitFor();
      await validator.getByRole('button', { name: 'End excuse' }).click();
      await validator.getByText(/Excused; ends/).waitFor({ state: 'detached' });
      await page.context().close();
    });

    it('broke its policy nowhere', () => {
      expect(browser.complaints).toEqual([]);
    });
  });

  describe('whatever they see or use', () => {
    const ENVIRONMENT = '/consortia/demo/environments/demo';
    let bench: ConsoleBench;

    beforeAll(async () => {
      bench = await ConsoleBench.start();
    });
    afterAll(async () => {
      await bench.stop();
    });

    it.each(['light', 'dark'] as const)(
      'breaks no rule of axe in %s, nor the width of a phone',
      async (scheme) => {
        const { body } = await bench.service.send('POST', `/api/v1${ENVIRONMENT}/backup/runs`);
        const run = (body as { _id: string })._id;
        const sections = ['', '/targets', '/runs', `/runs/${run}`, '/nodes', '/settings'];
        const own = sections.map((section) => `${ENVIRONMENT}${section}`);
        const viewport = { width: PHONE, height: 740 };
        const page = await bench.open('/', { colorScheme: scheme, reducedMotion: 'reduce', viewport });
        const found: string[] = [];
        const check = async (what: string): Promise<void> => {
          found.push(...(await violationsOf(page)).map((line) => `${what}: ${line}`));
          const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
          if (wide > PHONE) found.push(`${what}: is ${wide} pixels wide`);
        };
        for (const path of ['/', '/consortia/demo/members', '/consortia/nowhere', ...own]) {
          await page.goto(`${bench.service.url}${path}`);
          await settled(page);
          await check(path);
        }
        await page.goto(`${bench.service.url}${ENVIRONMENT}/targets`);
        await page.getByRole('button', { name: 'Add a target' }).click();
        await page.getByRole('dialog').getByLabel('Storage').selectOption('azure');
        await check('the form of a target');
        expect(found).toEqual([]);
        expect(bench.browser.complaints).toEqual([]);
        await page.context().close();
      },
      60_000,
    );

    it('is used by keyboard alone: to a page, through a form and out of it, back to where one was', async () => {
      const page = await bench.open(`${ENVIRONMENT}/targets`);
      await settled(page);
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement?.textContent')).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      const add = page.getByRole('button', { name: 'Add a target' });
      const focused = add.and(page.locator(':focus'));
      for (let step = 0; step < 15 && (await focused.count()) === 0; step += 1) {
        await page.keyboard.press('Tab');
      }
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.type('Typed');
      expect(await page.getByRole('dialog').getByLabel('Name').inputValue()).toBe('Typed');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await focused.waitFor();
      await page.context().close();
    });
  });
});
