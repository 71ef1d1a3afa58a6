// SPDX-License-Identifier: Apache-2.0
// JupyterLab's shell comes up: menus, file browser, launcher; a theme can be chosen and stays.
import { visit } from './page.mjs';

await visit(async (page, context, options) => {
  const start = Date.now();
  await page.waitForSelector('#jp-MainLogo, .jp-Launcher', { state: 'visible' });
  await page.waitForSelector('.jp-DirListing-content');
  const usable_ms = Date.now() - start;
  await page.waitForSelector('.jp-SplashScreen, #jupyterlab-splash', { state: 'detached' }).catch(() => {});
  if (options.picture) await page.screenshot({ path: options.picture });
  return {
    usable_ms,
    url: page.url(),
    title: await page.title(),
    menus: await page.locator('.lm-MenuBar-itemLabel').allTextContents(),
    globals: await page.evaluate(() => Object.keys(window).filter(name => name === 'jupyterapp')),
  };
});
