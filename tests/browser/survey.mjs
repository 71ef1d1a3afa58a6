// SPDX-License-Identifier: Apache-2.0
// The tour's notebook: denied without a grant, answered after it.
import { visit } from './page.mjs';
import { execFileSync } from 'node:child_process';

await visit(async (page, context, options) => {
  const base = new URL(options.login);
  await page.goto(`${base.origin}/lab/tree/tour/survey.ipynb`);
  await page.waitForSelector('.jp-NotebookPanel .jp-CodeCell');
  await page.locator('#jp-main-statusbar').getByText('| Idle').first().waitFor();
  const outputs = page.locator('.jp-NotebookPanel .jp-OutputArea-output');
  const runAll = async () => {
    await page.getByRole('menuitem', { name: 'Run', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Run All Cells', exact: true }).click();
  };
  await runAll();
  await outputs.filter({ hasText: 'kernels grant' }).first().waitFor();
  const denied = await outputs.filter({ hasText: 'kernels grant' }).first().innerText();
  execFileSync(options.grant[0], options.grant.slice(1));
  await runAll();
  await outputs.filter({ has: page.locator('img') }).first().waitFor();
  await outputs.filter({ hasText: 'refused:' }).first().waitFor();
  const table = await outputs.filter({ has: page.locator('table'), hasText: 'school_night_hours_sleep' }).first().innerText();
  if (options.picture) await page.screenshot({ path: options.picture });
  return { denied, table };
});
