// Every page from a cold load: redirects, titles, layout shift, security headers and caching.

import { get } from 'node:http';
import { brotliCompressSync } from 'node:zlib';
import { expect, test } from './support/fixtures';
import { layoutShift } from './support/layout-shift';

const titles: Record<string, string> = {
  '/': 'A complete login for Rust web apps – Doorward',
  '/login': 'Log in – Doorward',
  '/register': 'Create account – Doorward',
  '/account': 'Account – Doorward',
  '/sessions': 'Sessions – Doorward',
  '/activity': 'Activity – Doorward',
};

/** The page that a visitor arrives at, logged in as Ada or logged out. The server redirects, without the WebAssembly. */
const visits: { visitor: 'Ada' | 'a visitor'; path: string; destination: string }[] = [
  { visitor: 'a visitor', path: '/', destination: '/' },
  { visitor: 'a visitor', path: '/login', destination: '/login' },
  { visitor: 'a visitor', path: '/register', destination: '/register' },
  { visitor: 'a visitor', path: '/account', destination: '/login?next=/account' },
  { visitor: 'Ada', path: '/', destination: '/' },
  { visitor: 'Ada', path: '/login', destination: '/account' },
  { visitor: 'Ada', path: '/login?next=/', destination: '/' },
  { visitor: 'Ada', path: '/register', destination: '/account' },
  { visitor: 'Ada', path: '/account', destination: '/account' },
  { visitor: 'a visitor', path: '/sessions', destination: '/login?next=/sessions' },
  { visitor: 'Ada', path: '/sessions', destination: '/sessions' },
  { visitor: 'a visitor', path: '/activity', destination: '/login?next=/activity' },
  { visitor: 'Ada', path: '/activity', destination: '/activity' },
];

for (const { visitor, path, destination } of visits) {
  test(`${visitor} opens ${path} and arrives at ${destination}`, async ({ page, ada }) => {
    if (visitor === 'Ada') await ada.register();

    const response = await ada.open(path);

    expect(response.status()).toBe(200);
    expect((await response.text()).match(/<h1\b/g)).toHaveLength(1);
    expect(response.url()).toBe(new URL(destination, page.url()).href);
    await expect(page).toHaveURL(destination);
    await expect(page).toHaveTitle(titles[destination.split('?')[0]]);
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
    await expect(page.getByRole('navigation')).toHaveCount(1);
    await expect(page.getByRole('button', { name: 'Log out', exact: true })).toHaveCount(visitor === 'Ada' ? 1 : 0);
  });
}

test('an unknown path shows the page for status 404', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/404 .*\/nowhere/);
  const response = await ada.open('/nowhere');

  expect(response.status()).toBe(404);
  await expect(page).toHaveTitle('Page not found – Doorward');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Page not found');
  await page.getByRole('link', { name: 'home page' }).click();
  await ada.expectUrl('/');
});

for (const path of ['/', '/login', '/register']) {
  test(`the WebAssembly takes over ${path} without layout shift`, async ({ page, ada }) => {
    await ada.open(path);
    expect(await layoutShift(page)).toBeLessThan(0.001);
  });
}

for (const path of ['/', '/account']) {
  test(`${path} shows the logged-in user without layout shift`, async ({ page, ada }) => {
    await ada.register();
    await ada.open(path);
    await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
    if (path === '/account') await ada.expectAccountPage();
    expect(await layoutShift(page)).toBeLessThan(0.001);
  });
}

for (const path of ['/login/', '//login', '/%6Cogin', '/account/']) {
  test(`${path} is redirected to the page under its own path`, async ({ request, baseURL }) => {
    const response = await request.get(baseURL + path, { maxRedirects: 0 });
    expect(response.status()).toBe(308);
    expect(response.headers().location).toMatch(/^\/(login|account)$/);
  });
}

test('pages have strict security headers', async ({ request }) => {
  const nonces = new Set<string>();
  for (const path of ['/', '/login', '/account', '/nowhere']) {
    const headers = (await request.get(path)).headers();
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': expect.stringContaining('no-store'),
      'referrer-policy': 'strict-origin',
    });
    const policy = headers['content-security-policy'];
    for (const directive of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]) {
      expect(policy).toContain(directive);
    }
    expect(policy).not.toMatch(/'unsafe-(inline|eval)'/);
    nonces.add(policy.match(/'nonce-([^']+)'/)![1]);
  }
  expect(nonces.size, 'every response has a new nonce').toBe(4);
});

test('injected markup runs no script', async ({ page, browserErrors, ada }) => {
  const violation = /Content Security Policy/;
  browserErrors.allow(violation);
  await ada.open('/login');
  await page.evaluate(() => {
    const stolen = 'top.stolen = true';
    document.body.insertAdjacentHTML('beforeend', `<img src="/favicon.svg" onload="${stolen}">`);
    document.body.insertAdjacentHTML('beforeend', `<iframe srcdoc="<script>${stolen}</script>"></iframe>`);
    document.body.insertAdjacentHTML('beforeend', `<a href="javascript:${stolen}">bait</a>`);
  });
  await page.getByRole('link', { name: 'bait' }).click();
  await expect.poll(() => browserErrors.matching(violation)).toHaveLength(3);
  expect(await page.evaluate(() => 'stolen' in window)).toBe(false);
});

/** The bytes of a body as they are sent to a browser. */
function compressedSize(url: URL) {
  return new Promise<number>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'br' } }, (response) => {
      let size = 0;
      response.on('data', (chunk: Buffer) => (size += chunk.length)).on('end', () => resolve(size));
    }).on('error', reject);
  });
}

test('assets are immutable and compressed, and pages stay within their size budgets', async ({ page, ada, request }) => {
  const assets: string[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/pkg/')) assets.push(response.url());
  });
  await ada.open('/login');

  const style = await page.evaluate(() => [...document.querySelectorAll('style')].map((style) => style.textContent).join(''));
  expect(style.length, 'the style is in the document').toBeGreaterThan(5_000);
  // As well as the files are compressed.
  let firstLoad = brotliCompressSync(style).length;
  const form = await compressedSize(new URL('/login', page.url()));
  const kinds = ['.js', '.wasm', '.txt'];
  expect(new Set(assets.map((asset) => /\.\w+$/.exec(asset)![0])), 'script, WebAssembly and the messages of one language').toEqual(new Set(kinds));
  for (const asset of new Set(assets)) {
    const headers = (await request.get(asset, { headers: { 'accept-encoding': 'br' } })).headers();
    expect(headers['cache-control']).toContain('immutable');
    expect(headers['content-encoding']).toBe('br');
    firstLoad += await compressedSize(new URL(asset));
  }
  console.log(`Compressed: ${form} bytes to a form that can be sent, ${firstLoad} bytes of WebAssembly, messages and style at the first load.`);
  expect(form, 'HTML with its CSS').toBeLessThanOrEqual(15 * 1024);
  expect(firstLoad, 'WebAssembly, JavaScript, CSS and messages').toBeLessThanOrEqual(235_500);
});

test('documents need no request to be styled', async ({ page, browserErrors, ada }) => {
  browserErrors.allow(/404 .*\/nowhere/);
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.resourceType()));
  for (const path of ['/nowhere', '/login']) {
    await page.goto(path);
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('main')!).maxWidth), path).toMatch(/px$/);
  }
  await ada.waitForWasm();
  expect(requests).not.toContain('stylesheet');
});

test('icons and the manifest exist', async ({ page, request, ada }) => {
  await ada.open('/login');
  const links = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLLinkElement>('link[rel=icon], link[rel=apple-touch-icon], link[rel=manifest]')].map((link) => link.href),
  );
  expect(links).toHaveLength(3);
  const manifest = await (await request.get('/site.webmanifest')).json();
  const icons = manifest.icons.map(({ src }: { src: string }) => src);
  for (const path of [...links, ...icons, '/favicon.ico']) {
    const response = await request.get(path);
    expect(response.status(), path).toBe(200);
    expect(response.headers()['content-type'], path).toMatch(/^(image\/|application\/manifest\+json)/);
  }
});
