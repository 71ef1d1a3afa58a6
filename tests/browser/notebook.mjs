// SPDX-License-Identifier: Apache-2.0
// A new notebook: run, plot, save, reload.
import { visit } from './page.mjs';

// Types into the active cell and runs it; waits for its output.
async function run(page, code, expected) {
  const cells = page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell');
  const last = cells.last();
  await last.locator('.cm-content').click();
  await page.keyboard.insertText(code);
  await page.keyboard.press('Shift+Enter');
  const outputs = page.locator('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output');
  await outputs.filter(expected).last().waitFor();
}

await visit(async (page, context, options) => {
  await page.locator('.jp-LauncherCard[data-category="Notebook"]').first().click();
  await page.waitForSelector('.jp-NotebookPanel .jp-CodeCell');
  await page.locator('#jp-bottom-panel, .jp-StatusBar-Widget, #jp-main-statusbar').getByText('| Idle').first().waitFor();
  const start = Date.now();
  await run(page, 'print(6 * 7)', { hasText: '42' });
  const first_ms = Date.now() - start;
  await run(page, 'import matplotlib.pyplot as plt\nplt.plot([1, 4, 9]); plt.show()', { has: page.locator('img') });
  await run(page, 'import socket\ntry:\n    socket.create_connection(("203.0.113.80", 443))\nexcept OSError as error:\n    print("refused", error)', { hasText: 'refused' });
  const saved = page.waitForResponse(
    response => response.request().method() === 'PUT' && response.url().includes('/api/contents/'),
  );
  await page.keyboard.press('Control+s');
  await page.getByRole('button', { name: 'Rename and Save' }).click();
  const save_status = (await saved).status();
  if (options.picture) await page.screenshot({ path: options.picture });
  const before = await page.locator('.jp-OutputArea-output').count();
  await page.reload();
  await page.waitForSelector('.jp-NotebookPanel .jp-OutputArea-output');
  await page.locator('.jp-OutputArea-output img').first().waitFor();
  return { first_ms, save_status, before, after: await page.locator('.jp-OutputArea-output').count() };
});
