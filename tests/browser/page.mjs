// SPDX-License-Identifier: Apache-2.0
// Opens a page as a person would and notes what went wrong: used by the scripts of this folder.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { chromium } = createRequire(import.meta.url)(process.env.PLAYWRIGHT);

// What the browser complained of, and every request to another origin than `origin`.
export class Witness {
  constructor(origin) {
    this.origin = origin;
    this.errors = [];
    this.foreign = [];
    this.failed = [];
    this.pending = new Set();
  }
  watch(context) {
    context.on('console', message => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
    context.on('weberror', error => this.errors.push(String(error.error())));
    for (const end of ['requestfinished', 'requestfailed'])
      context.on(end, request => this.pending.delete(request.url()));
    context.on('request', request => {
      const url = request.url();
      this.pending.add(url);
      if (!/^(data|blob|about):/.test(url) && new URL(url).origin !== this.origin) this.foreign.push(url);
    });
    context.on('response', response => {
      if (response.status() >= 400) this.failed.push(`${response.status()} ${response.request().method()} ${response.url()}`);
    });
  }
}

// Runs `script(page, context, witness)` on a browser with a fresh profile that followed the login link; prints its
// result, with what the witness saw, as one JSON line.
export async function visit(script) {
  const options = JSON.parse(process.argv[2]);
  const profile = mkdtempSync(join(tmpdir(), 'browser-'));
  const witness = new Witness(new URL(options.login).origin);
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: options.chromium,
    headless: true,
    viewport: { width: 1280, height: 800 },
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
  let result;
  try {
    witness.watch(context);
    const page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(180_000); // a busy machine starts a browser slowly
    await page.goto(options.login);
    result = await script(page, context, options);
  } catch (error) {
    const page = context.pages()[0];
    if (options.picture && page) await page.screenshot({ path: options.picture }).catch(() => {});
    result = { failure: String(error.stack ?? error), pending: [...witness.pending] };
  }
  await context.close();
  rmSync(profile, { recursive: true, force: true });
  const { errors, foreign, failed } = witness;
  console.log(JSON.stringify({ ...result, errors, foreign, failed }));
}
