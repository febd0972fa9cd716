/**
 * @proves The console's flows work in Chromium on a running service. It reconnects after a broken connection and never violates its content security policy.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { parseHistoryDocument, type HistoryDocument } from '#libs/archive';
import { requestUntilDiffers, ConsoleBench, until } from '../support/worlds/console-bench.js';
import { cuttableLine } from '../support/worlds/console-browser.js';
import { describeWith } from '../support/servers/real-servers.js';

const ENVIRONMENT = '/consortia/demo/environments/demo';
const API = `/api/v1${ENVIRONMENT}`;
describeWith('chromium')('the console on the demo network', () => {
  let bench: ConsoleBench;

  beforeAll(async () => {
    bench = await ConsoleBench.start();
  });
  afterAll(async () => {
    await bench.stop();
  });

  const open = (path: string): Promise<Page> => bench.open(path);
  const control = async (node: string, action: string): Promise<void> => {
    const [, url] = /Demo control (\S+)/.exec(bench.service.output) ?? [];
    await fetch(`${url ?? ''}/${node}/${action}`, { method: 'POST', headers: { 'x-chainkeep-demo': '1' } });
  };
  /** The chain goes on at its own pace: asked until a run had something to back up. */
  const backUp = async (): Promise<void> => {
    const before = await bench.service.get<{ files: unknown[] }>(`${API}/backup/coverage`);
    const again = async () => {
      await bench.service.send('POST', `${API}/backup/runs`);
      return bench.service.get<{ files: unknown[] }>(`${API}/backup/coverage`);
    };
    await until(again, ({ files }) => files.length > before.files.length);
  };

  it('shows a newcomer a network that is backed up, from the printed URL', async () => {
    const [, url] = /Console +(\S+)/.exec(bench.service.output) ?? [];
    const page = await bench.browser.open(url ?? '');
    await page.getByRole('heading', { name: 'Demo consortium' }).waitFor();
    const card = page.getByRole('article').first();
    await card.getByText('Monitor online').waitFor();
    await until(
      () => card.locator('dl').innerText(),
      (text) => /Backed up to block\s+\d/.test(text),
    );
    await card.getByRole('link', { name: 'Demo network' }).click();
    await page.getByRole('application', { name: /Coverage of the chain/ }).waitFor();
    await page.context().close();
  });

  it('runs a backup on request and shows its steps, confirmations and certificate as they come', async () => {
    const page = await open(ENVIRONMENT);
    // A run may find no new block: asked until one had something to do.
    const requestOne = async (): Promise<string> => {
      await page.getByRole('button', { name: 'Back up now' }).click();
      await page.waitForURL(/\/runs\/[\w-]+$/);
      const badge = page.getByText(/^(Completed|Nothing new)$/).first();
      await badge.waitFor();
      return badge.innerText();
    };
    await until(requestOne, (word) => word === 'Completed');
    const table = page.getByRole('region', { name: 'Confirmations by validator' });
    await until(
      () => table.getByText('Confirms', { exact: true }).count(),
      (count) => count === 4,
    );
    expect(
      await page
        .getByRole('listitem')
        .filter({ hasText: /^Completed/ })
        .count(),
    ).toBe(1);
    await page.getByRole('button', { name: /^Certificate of/ }).click();
    await page.getByText('4 of 4 validators confirm the end block').waitFor();
    await page.getByText(/^Rounds/).waitFor();
    await page.context().close();
  });

  it('previews schedules, keeps what was typed, and resets the monitor by itself', async () => {
    const page = await open(`${ENVIRONMENT}/settings`);
    await page.getByLabel('How often').selectOption('cron');
    await page.getByLabel('Cron expression').fill('30 4 * *');
    await page.getByText('This schedule is not valid').waitFor();
    await page.getByText(/What to do:/).waitFor();
    await page.reload();
    expect(await page.getByLabel('Cron expression').inputValue()).toBe('30 4 * *');
    await page.getByLabel('Cron expression').fill('30 4 * * *');
    const next = page.getByRole('list', { name: 'Next runs of this schedule' }).getByRole('listitem');
    await until(
      () => next.allInnerTexts(),
      (texts) => texts.length === 5 && texts.every((text) => text.includes('4:30:00')),
    );
    await page.getByLabel('Agreement').selectOption('quorum');
    await page.getByRole('switch', { name: 'Back up this environment' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Backups are off. Existing files are kept.').waitFor();
    await page.getByText(/required a monitor reset: monitor was probed again/).waitFor();
    expect(await bench.service.get(`${API}/backup`)).toMatchObject({
      enabled: false,
      cron: '30 4 * * *',
      agreement: 'quorum',
      monitor_reset_required: false,
    });
    // A run that is requested while disabled is refused, and the page says what to do.
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page.getByText('BACKUP_DISABLED').waitFor();
    await page.getByRole('switch', { name: 'Back up this environment' }).click();
    await page.getByLabel('How often').selectOption('four');
    await page.getByLabel('Agreement').selectOption('all');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Backups are on.').waitFor();
    expect(await bench.service.get(`${API}/backup`)).toMatchObject({
      enabled: true,
      frequency: 'four',
      agreement: 'all',
    });
    await page.context().close();
  });

  it('downloads the history under its name', async () => {
    const page = await open(ENVIRONMENT);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download history' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('backup_snapshot.json');
    const document = parseHistoryDocument(await readFile(await download.path(), 'utf8'));
    const now = await bench.service.get<HistoryDocument>(`${API}/backup/history`);
    expect(document.history[0]).toEqual(now.history[0]);
    expect(document.history.length).toBeGreaterThan(0);
    await page.context().close();
  });

  it('adds a target, tests it in words, follows its backfill, edits, switches, heals and removes it', async () => {
    const path = join(bench.home, 'targets', 'bank-a');
    const page = await open(`${ENVIRONMENT}/targets`);
    await page.getByText('No targets yet').waitFor();
    await page.getByRole('button', { name: 'Add a target' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Bank A archive');
    await dialog.getByLabel('Path').fill('not/absolute');
    await dialog.getByRole('button', { name: 'Add and test' }).click();
    await dialog.getByText('details.path: an absolute path is expected.').waitFor();
    expect(await dialog.getByLabel('Name').inputValue()).toBe('Bank A archive');
    await mkdir(path, { recursive: true });
    await dialog.getByLabel('Path').fill(path);
    await dialog.getByRole('button', { name: 'Add and test' }).click();
    const card = page.getByRole('article', { name: 'Bank A archive' });
    await card.getByText('Test passed').waitFor();
    const there = async () =>
      readFile(join(path, 'demo', 'backup_snapshot.json'), 'utf8').then(
        (text) => parseHistoryDocument(text).history.length,
        () => 0,
      );
    await until(there, (files) => files > 0);
    await card.getByText('All files are delivered.').waitFor();
    await card.getByText('Test passed').click();
    await card.getByText('An existing object is not overwritten.').waitFor();
    await card.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Bank A vault');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    const renamed = page.getByRole('article', { name: 'Bank A vault' });
    await renamed.getByRole('switch').click();
    await renamed.getByText('Disabled', { exact: true }).waitFor();
    await renamed.getByRole('switch').click();
    await renamed.getByText('Enabled', { exact: true }).waitFor();
    await renamed.getByRole('button', { name: 'Heal' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Heal' }).click();
    await renamed.getByText('All files are delivered.').waitFor();
    await renamed.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No targets yet').waitFor();
    expect(await there()).toBeGreaterThan(0);
    await page.context().close();
  });

  it('says why a target fails, and tries again at once when asked', async () => {
    const path = join(bench.home, 'targets', 'later');
    await writeFile(path, 'a file where a directory is expected');
    const page = await open(`${ENVIRONMENT}/targets`);
    await page.getByRole('button', { name: 'Add a target' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Bank B archive');
    await dialog.getByLabel('Member').selectOption('bank-b');
    await dialog.getByLabel('Path').fill(path);
    await dialog.getByRole('button', { name: 'Add and test' }).click();
    const card = page.getByRole('article', { name: 'Bank B archive' });
    await card.getByText('Test failed').waitFor();
    await card.getByText(/The last delivery failed|Deliveries are suspended/).waitFor();
    await rm(path);
    await mkdir(path);
    await card.getByRole('button', { name: 'Test' }).click();
    await card.getByText('Test passed').waitFor();
    // It may have recovered by itself between the two: then there is nothing to retry.
    const healthy = card.getByText('All files are delivered.');
    const retry = card.getByRole('button', { name: 'Retry now' });
    await retry.or(healthy).first().waitFor();
    if (await retry.isVisible()) await retry.click({ timeout: 2_000 }).catch(() => undefined);
    await healthy.waitFor();
    await page.context().close();
  });

  it('shows any file of the strip by keyboard, zooms, and colours a target that lacks files', async () => {
    await backUp();
    const page = await open(ENVIRONMENT);
    const strip = page.getByRole('application', { name: /Coverage of the chain/ });
    await strip.focus();
    await page.keyboard.press('Home');
    await page.getByText(/^Managed bucket: blocks 0 to \d+, verified\./).waitFor();
    await page.getByText('SHA-256', { exact: true }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByText(/^Managed bucket: blocks [1-9]\d* to \d+, verified\./).waitFor();
    await page.keyboard.press('+');
    await page.keyboard.press('ArrowDown');
    await page.getByText(/^Bank B archive: blocks [1-9]\d* to \d+, (delivered|pending|verified)\./).waitFor();
    await page.keyboard.press('0');
    await page.mouse.move(0, 0);
    const box = await strip.boundingBox();
    await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 38);
    await page.getByText(/^Managed bucket: blocks/).waitFor();
    await page.context().close();
  });

  it('names who departed in a dispute, live', async () => {
    const page = await open(`${ENVIRONMENT}/runs`);
    await page.getByText('Live', { exact: true }).waitFor();
    await control('validator-3', 'fork');
    const id = await until(
      () => requestUntilDiffers(bench.service, API, 'validator-3'),
      (found) => found !== undefined,
    );
    await page.getByText('Disputed', { exact: true }).first().waitFor();
    await page.locator(`a[href$="/runs/${id}"]`).first().click();
    const row = page.getByRole('row').filter({ hasText: 'validator-3' });
    await row.getByText('Different block').waitFor();
    await row.getByText(/from block \d+/).waitFor();
    await page.getByText(/What to do:/).waitFor();
    await control('validator-3', 'heal');
    await page.context().close();
  });

  it('shows older runs when asked, a page at a time', async () => {
    const request = async () => {
      await bench.service.send('POST', `${API}/backup/runs`);
      return bench.service.get<unknown[]>(`${API}/backup/runs?limit=60`);
    };
    await until(request, ({ length }) => length > 52);
    const page = await open(`${ENVIRONMENT}/runs`);
    const rows = page.getByRole('region', { name: 'Runs' }).getByRole('row');
    const older = page.getByRole('button', { name: 'Older runs' });
    await older.waitFor();
    const before = await rows.count();
    await older.click();
    await until(
      () => rows.count(),
      (count) => count > before,
    );
    const links = await Promise.all(
      (await rows.getByRole('link').all()).map((link) => link.getAttribute('href')),
    );
    expect(new Set(links).size).toBe(links.length);
    await page.context().close();
  });

  it('goes on after a broken connection without missing an event', async () => {
    const line = await cuttableLine(bench.service.url);
    try {
      const page = await bench.browser.open(`${line.url}${ENVIRONMENT}/runs`);
      await page.getByText('Live', { exact: true }).waitFor();
      line.cut();
      await page.getByText('Reconnecting', { exact: true }).waitFor();
      const { body } = await bench.service.send('POST', `${API}/backup/runs`);
      const id = (body as { _id: string })._id;
      line.mend();
      await page.getByText('Live', { exact: true }).waitFor();
      await page.locator(`a[href$="${id}"]`).waitFor();
      await page.context().close();
    } finally {
      await line.close();
    }
  });

  it('probes and adds nodes; adds members and issues and revokes keys', async () => {
    const page = await open(`${ENVIRONMENT}/nodes`);
    const monitor = page.getByRole('article', { name: 'monitor' });
    await monitor.getByRole('button', { name: 'Probe' }).click();
    await monitor
      .getByText(/reachable/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Add a node' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('observer');
    await dialog.getByLabel('Role').selectOption('other');
    await dialog.getByLabel('URL').fill('http://127.0.0.1:1');
    await dialog.getByRole('button', { name: 'Add' }).click();
    const added = page.getByRole('article', { name: 'observer' });
    await added.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await added.waitFor({ state: 'detached' });
    await page.goto(`${bench.service.url}/consortia/demo/members`);
    await page.getByLabel('Name of the new member').fill('Bank C');
    await page.getByRole('button', { name: 'Add member' }).click();
    const member = page.getByRole('article', { name: 'Bank C' });
    await member.getByLabel('Purpose').fill('auditor');
    await member.getByRole('button', { name: 'Issue key' }).click();
    await member.getByText(/^ck_/).waitFor();
    await member.getByText('auditor · Viewer').waitFor();
    await member.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await member.getByText(/No keys yet/).waitFor();
    await page.context().close();
  });

  it('neither broke its Content-Security-Policy nor failed in any of this', () => {
    expect(bench.browser.complaints).toEqual([]);
  });
});
