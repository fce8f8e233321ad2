// A server of one's own behind a proxy, for tests of what happens on the way: as many as a test needs, one for each worker.

import { expect, type BrowserContext, type Page } from '@playwright/test';
import { randomBytes } from 'node:crypto';
import { FAILED, Person, test as base } from './fixtures';
import { Node } from './server-process';
import { Proxy } from './fault-proxy';

export { expect, FAILED, Person };

export class Doorward {
  private constructor(
    readonly proxy: Proxy,
    private node: Node,
  ) {}

  static async start(settings: Record<string, string>) {
    const proxy = new Proxy();
    await proxy.start();
    // What browsers see: checks of the origin go by it, and the tokens name it.
    const node = await Node.start({ DOORWARD_PUBLIC_URL: proxy.origin, ...settings });
    proxy.leadTo(node.address);
    return new Doorward(proxy, node);
  }

  async stop() {
    await this.proxy.stop();
    await this.node.stop();
  }

  /** The operator changes the settings and starts the server anew. */
  async restarts(settings: Record<string, string>) {
    this.node = await this.node.restart({ DOORWARD_PUBLIC_URL: this.origin, ...settings });
    this.proxy.leadTo(this.node.address);
  }

  get origin() {
    return this.proxy.origin;
  }

  /** A request of this site's, straight to the server: the proxy neither sees nor touches it. */
  async asks(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    return fetch(this.node.address + path, {
      method,
      headers: { origin: this.origin, ...(body && { 'content-type': 'application/json' }), ...headers },
      body: body && JSON.stringify(body),
    });
  }

  /** Logs somebody in on another device; returns what that sends along. */
  async logsIn({ email, password }: Person) {
    const device = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0' };
    const answer = await this.asks('POST', '/api/auth/login', { email, password }, device);
    const { access_token } = (await answer.json()) as { access_token?: string };
    const proof: Record<string, string> = access_token
      ? { authorization: `Bearer ${access_token}` }
      : { cookie: answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ') };
    return { ...device, ...proof };
  }

  /** Changes somebody's password on another device, which ends their session on this one. */
  async changesPassword(person: Person) {
    const device = await this.logsIn(person);
    const change = { current_password: person.password, new_password: 'nine quiet harbours in the rain' };
    expect((await this.asks('POST', '/api/account/password', change, device)).status).toBe(204);
  }

  /** Ends somebody's other sessions on another device; `took` says how many milliseconds ago. */
  async endsSessionsOf(person: Person) {
    const device = await this.logsIn(person);
    expect((await this.asks('DELETE', '/api/sessions/others', undefined, device)).status).toBe(200);
    const then = Date.now();
    return { took: () => Date.now() - then };
  }

  /** How many sessions somebody has, beside the one that has to be begun to ask. */
  async sessionsOf(person: Person) {
    const answer = await this.asks('GET', '/api/sessions', undefined, await this.logsIn(person));
    const sessions = (await answer.json()) as { device: { browser: string } }[];
    return sessions.filter(({ device }) => device.browser !== 'Firefox').length;
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

/** In whose names requests were sent. */
export function senders(wire: Proxy) {
  const bearers = wire.seen.flatMap(({ headers }) => headers.authorization ?? []);
  return [...new Set(bearers.map((bearer) => claims(bearer).name))];
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
  wire: async ({ doorward }, use, test) => {
    doorward.proxy.reset();
    await use(doorward.proxy);
    if (test.status !== test.expectedStatus) console.log(`On the wire of "${test.title}":\n${doorward.proxy.protocol()}`);
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
