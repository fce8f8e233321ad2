// Every page from a cold load: the right one, complete, safe, and nothing moves.

import { type Page } from '@playwright/test';
import { expect, test } from './support/fixtures';

const titles: Record<string, string> = {
  '/': 'A complete login for Rust web apps – Doorward',
  '/login': 'Log in – Doorward',
  '/register': 'Create account – Doorward',
  '/account': 'Account – Doorward',
  '/sessions': 'Sessions – Doorward',
  '/activity': 'Activity – Doorward',
  '/inspector': 'Inspector – Doorward',
};

/** Where people end up who open a page. */
const visits = [
  { who: 'nobody', opens: '/', arrives: '/' },
  { who: 'nobody', opens: '/login', arrives: '/login' },
  { who: 'nobody', opens: '/register', arrives: '/register' },
  { who: 'nobody', opens: '/account', arrives: '/login?next=/account' },
  { who: 'Ada', opens: '/', arrives: '/' },
  { who: 'Ada', opens: '/login', arrives: '/account' },
  { who: 'Ada', opens: '/login?next=/', arrives: '/' },
  { who: 'Ada', opens: '/register', arrives: '/account' },
  { who: 'Ada', opens: '/account', arrives: '/account' },
  { who: 'nobody', opens: '/sessions', arrives: '/login?next=/sessions' },
  { who: 'Ada', opens: '/sessions', arrives: '/sessions' },
  { who: 'nobody', opens: '/activity', arrives: '/login?next=/activity' },
  { who: 'Ada', opens: '/activity', arrives: '/activity' },
  { who: 'nobody', opens: '/inspector', arrives: '/login?next=/inspector' },
  { who: 'Ada', opens: '/inspector', arrives: '/inspector' },
];

for (const { who, opens, arrives } of visits) {
  test(`${who} opens ${opens} and arrives at ${arrives}`, async ({ page, ada }) => {
    if (who === 'Ada') await ada.register();

    const response = await ada.open(opens);

    expect(response.status()).toBe(200);
    expect((await response.text()).match(/<h1\b/g)).toHaveLength(1);
    await expect(page).toHaveURL(arrives);
    await expect(page).toHaveTitle(titles[arrives.split('?')[0]]);
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
    await expect(page.getByRole('navigation')).toHaveCount(1);
    await expect(page.getByRole('button', { name: 'Log out', exact: true })).toHaveCount(who === 'Ada' ? 1 : 0);
  });
}

test('an address that leads nowhere is a page with status 404', async ({ page, browserErrors, ada }) => {
  browserErrors.expect(/404 .*\/nowhere/);
  const response = await ada.open('/nowhere');

  expect(response.status()).toBe(404);
  await expect(page).toHaveTitle('Page not found – Doorward');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Page not found');
  await page.getByRole('link', { name: 'home page' }).click();
  await ada.expectUrl('/');
});

test('a page whose WebAssembly cannot load says so', async ({ page, browserErrors }) => {
  browserErrors.expect(/net::ERR_FAILED/, /TypeError: Failed to fetch/);
  await page.route('**/*.wasm', (route) => route.abort());
  await page.goto('/login');
  await expect(page.getByRole('alert').filter({ hasText: 'did not load completely' })).toBeVisible();
});

/** How far things moved on a page since it was opened, as browsers measure it: 0 is nothing, 0.1 can be felt. */
async function layoutShift(page: Page) {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += (entry as unknown as { value: number }).value;
        }).observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => setTimeout(() => resolve(sum), 100));
      }),
  );
}

for (const path of ['/', '/login', '/register']) {
  test(`nothing moves while ${path} becomes interactive`, async ({ page, ada }) => {
    await ada.open(path);
    expect(await layoutShift(page)).toBeLessThan(0.001);
  });
}

for (const path of ['/', '/account']) {
  test(`nothing moves while ${path} finds out that Ada is logged in`, async ({ page, ada }) => {
    await ada.register();
    await ada.open(path);
    await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
    if (path === '/account') await ada.expectAccountPage();
    expect(await layoutShift(page)).toBeLessThan(0.001);
  });
}

test('pages come with strict headers', async ({ request }) => {
  const nonces = new Set<string>();
  for (const path of ['/', '/login', '/account', '/nowhere']) {
    const headers = (await request.get(path)).headers();
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': expect.stringContaining('no-store'),
      'referrer-policy': expect.stringMatching(/^(no-referrer|strict-origin)$/),
    });
    const policy = headers['content-security-policy'];
    for (const directive of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]) {
      expect(policy).toContain(directive);
    }
    expect(policy).not.toMatch(/'unsafe-(inline|eval)'/);
    nonces.add(policy.match(/'nonce-([^']+)'/)![1]);
  }
  expect(nonces.size, 'a nonce is used once').toBe(4);
});

test('injected markup runs no script', async ({ page, browserErrors, ada }) => {
  const refused = /Content Security Policy/;
  browserErrors.expect(refused);
  await ada.open('/login');
  await page.evaluate(() => {
    const stolen = 'top.stolen = true';
    document.body.insertAdjacentHTML('beforeend', `<img src="/favicon.svg" onload="${stolen}">`);
    document.body.insertAdjacentHTML('beforeend', `<iframe srcdoc="<script>${stolen}</script>"></iframe>`);
    document.body.insertAdjacentHTML('beforeend', `<a href="javascript:${stolen}">bait</a>`);
  });
  await page.getByRole('link', { name: 'bait' }).click();
  await expect.poll(() => browserErrors.matching(refused)).toHaveLength(3);
  expect(await page.evaluate(() => 'stolen' in window)).toBe(false);
});

test('what never changes is kept by the browser, and small on the wire', async ({ page, ada, request }) => {
  const assets: string[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/pkg/')) assets.push(response.url());
  });
  await ada.open('/');

  expect(assets.length).toBeGreaterThanOrEqual(3);
  for (const asset of new Set(assets)) {
    const headers = (await request.get(asset, { headers: { 'accept-encoding': 'br' } })).headers();
    expect(headers['cache-control']).toContain('immutable');
    expect(headers['content-encoding']).toBe('br');
    if (asset.endsWith('.wasm')) {
      const kilobytes = Number(headers['content-length']) / 1000;
      console.log(`The WebAssembly is ${kilobytes.toFixed(1)} kB on the wire; it may be 204 kB.`);
      expect(kilobytes).toBeLessThanOrEqual(204);
    }
  }
});
