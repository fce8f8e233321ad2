// A server of one's own behind a proxy, for tests of what happens on the way: as many as a test needs, one for each worker.

import { expect, type BrowserContext, type Page } from '@playwright/test';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { binary, settings as usual } from '../server';
import { Person, test as base } from './fixture';
import { Proxy } from './proxy';

export { expect, Person };

export class Doorward {
  private constructor(
    readonly proxy: Proxy,
    /** Past the proxy. */
    private readonly direct: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(settings: Record<string, string>) {
    const proxy = new Proxy();
    await proxy.start();
    const data = await mkdtemp(join(tmpdir(), 'doorward-'));
    const server = spawn(binary, {
      env: {
        ...process.env,
        ...usual,
        DOORWARD_LISTEN: '127.0.0.1:0',
        // What browsers see: checks of the origin go by it, and the tokens name it.
        DOORWARD_PUBLIC_URL: proxy.origin,
        DOORWARD_DATA_DIR: data,
        DOORWARD_LOG: 'error',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => server.once('exit', resolve));
    const address = await new Promise<string>((resolve, reject) => {
      createInterface(server.stdout).on('line', (line) => {
        const listening = /listening on ([\d.:]+)/.exec(line);
        if (listening) resolve(listening[1]);
      });
      server.once('error', reject);
      void ended.then(() => reject(new Error('The server has not started.')));
    });
    const direct = `http://${address}`;
    proxy.leadTo(direct);
    return new Doorward(proxy, direct, async () => {
      await proxy.stop();
      server.kill('SIGTERM');
      await ended;
      await rm(data, { recursive: true, force: true });
    });
  }

  get origin() {
    return this.proxy.origin;
  }

  /** A request of this site's, straight to the server: the proxy neither sees nor touches it. */
  async asks(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    return fetch(this.direct + path, {
      method,
      headers: { origin: this.origin, ...(body && { 'content-type': 'application/json' }), ...headers },
      body: body && JSON.stringify(body),
    });
  }

  /** Changes somebody's password on another device, which ends their session on this one. */
  async changesPassword({ email, password }: Person) {
    const { access_token } = await (await this.asks('POST', '/api/auth/login', { email, password })).json();
    const change = { current_password: password, new_password: 'nine quiet harbours in the rain' };
    const changed = await this.asks('POST', '/api/account/password', change, { authorization: `Bearer ${access_token}` });
    expect(changed.status).toBe(204);
  }

  /** Somebody else, who has an account. */
  async grace(page: Page) {
    const grace = new Person(page, { name: 'Grace Hopper', email: `grace.${randomBytes(4).toString('hex')}@example.com` });
    const { name, email, password } = grace;
    expect((await this.asks('POST', '/api/auth/register', { name, email, password })).status).toBe(201);
    return grace;
  }

  /** What the server says of a session, to whom its cookie is shown. */
  async sessionOf(cookie: string) {
    const answer = await this.asks('POST', '/api/auth/refresh', undefined, { cookie });
    return answer.ok ? 'live' : ((await answer.json()) as { reason?: string }).reason;
  }
}

/** The session cookie of this browser, as it is sent; empty if there is none. */
export async function cookieOf(context: BrowserContext) {
  return (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** What an access token says. */
export function claims(authorization: string) {
  const [, payload] = authorization.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string; sid: string; exp: number; name: string };
}

export const test = base.extend<{ wire: Proxy }, { settings: Record<string, string>; doorward: Doorward }>({
  /** Settings in which the server differs, for all tests of a file. */
  settings: [{}, { scope: 'worker', option: true }],
  doorward: [
    async ({ settings }, use) => {
      const doorward = await Doorward.start(settings);
      await use(doorward);
      await doorward.stop();
    },
    { scope: 'worker' },
  ],
  wire: async ({ doorward }, use) => {
    doorward.proxy.reset();
    await use(doorward.proxy);
    doorward.proxy.reset();
  },
  // The proxy is part of each of these tests, also of those that do not name it.
  baseURL: async ({ doorward, wire: _ }, use) => use(doorward.origin),
});

/** Lets every access token that there is come to its end. */
export async function tokensEnd() {
  await new Promise((resolve) => setTimeout(resolve, 5_100));
}

/** Something that happens when the test wants it. */
export function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
