// A server of the test's own behind a fault-injecting proxy. Each worker has one for the settings of its file.

import { expect, type BrowserContext, type Page } from '@playwright/test';
import { randomBytes } from 'node:crypto';
import { FaultProxy } from './fault-proxy';
import { NETWORK_ERROR, test as base, User } from './fixtures';
import { ServerProcess } from './server-process';
import { NEW_PASSWORD } from './user';

export { expect, NETWORK_ERROR, User };

export class TestServer {
  private constructor(
    readonly proxy: FaultProxy,
    private serverProcess: ServerProcess,
  ) {}

  static async start(settings: Record<string, string>, hostname?: string) {
    const proxy = new FaultProxy(hostname);
    await proxy.start();
    // The proxy's origin, because origin checks and the issuer of tokens refer to what browsers see.
    const serverProcess = await ServerProcess.start({ DOORWARD_PUBLIC_URL: proxy.origin, ...settings });
    proxy.routeTo(serverProcess.origin);
    return new TestServer(proxy, serverProcess);
  }

  async stop() {
    await this.proxy.stop();
    await this.serverProcess.stop();
  }

  /** Restarts with other settings, as an operator does. */
  async restart(settings: Record<string, string>) {
    this.serverProcess = await this.serverProcess.restart({ DOORWARD_PUBLIC_URL: this.origin, ...settings });
    this.proxy.routeTo(this.serverProcess.origin);
  }

  /** Runs a command on the data of the server, as an operator does. */
  runCommand(...args: string[]) {
    this.serverProcess.runCommand(...args);
  }

  /** Makes the last proof of every session's user an hour old. */
  ageProofs() {
    this.serverProcess.ageProofs();
  }

  get origin() {
    return this.proxy.origin;
  }

  /** Sends a same-origin request to the server directly: the proxy neither records nor disturbs it. */
  async request(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    return fetch(this.serverProcess.origin + path, {
      method,
      headers: { origin: this.origin, ...(body && { 'content-type': 'application/json' }), ...headers },
      body: body && JSON.stringify(body),
    });
  }

  /** Logs in on another device, Firefox on Linux; returns the headers that authorize requests of the new session. */
  async logInOnAnotherDevice({ email, password }: User) {
    const device = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0' };
    const response = await this.request('POST', '/api/auth/login', { email, password }, device);
    const { access_token } = (await response.json()) as { access_token?: string };
    const credential: Record<string, string> = access_token
      ? { authorization: `Bearer ${access_token}` }
      : { cookie: response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ') };
    return { ...device, ...credential };
  }

  /** Changes the password on another device, which ends all other sessions of the user. */
  async changePasswordOnAnotherDevice(user: User) {
    const headers = await this.logInOnAnotherDevice(user);
    const change = { current_password: user.password, new_password: NEW_PASSWORD };
    expect((await this.request('POST', '/api/account/password', change, headers)).ok).toBe(true);
  }

  /** Ends all other sessions of the user on another device; `elapsed` returns the milliseconds since then. */
  async endSessionsOnAnotherDevice(user: User) {
    const headers = await this.logInOnAnotherDevice(user);
    expect((await this.request('DELETE', '/api/sessions/others', undefined, headers)).status).toBe(200);
    const start = Date.now();
    return { elapsed: () => Date.now() - start };
  }

  /** Counts the user's sessions, without those that `logInOnAnotherDevice` started. */
  async countSessions(user: User) {
    const response = await this.request('GET', '/api/sessions', undefined, await this.logInOnAnotherDevice(user));
    const sessions = (await response.json()) as { device: { browser: string } }[];
    return sessions.filter(({ device }) => device.browser !== 'Firefox').length;
  }

  /** Registers a user through the API, who stays logged out in the browser. */
  async registerUser({ name, email, password }: User) {
    expect((await this.request('POST', '/api/auth/register', { name, email, password })).status).toBe(201);
  }

  /** Registers a second user, Grace, through the API. */
  async registerGrace(page: Page) {
    const grace = new User(page, { name: 'Grace Hopper', email: `grace.${randomBytes(4).toString('hex')}@example.com` });
    await this.registerUser(grace);
    return grace;
  }

  /** Returns `live`, or the reason why the session of this cookie ended. */
  async sessionStatus(cookie: string) {
    const response = await this.request('POST', '/api/auth/refresh', undefined, { cookie });
    return response.ok ? 'live' : ((await response.json()) as { reason?: string }).reason;
  }
}

/** The cookies of this browser that hold credentials: all but the device cookie, which is worth nothing for a login. */
export async function credentialCookies(context: BrowserContext) {
  return (await context.cookies()).filter(({ name }) => name !== '__Host-Http-device');
}

/** The `Cookie` header that this browser sends, without the device cookie; empty without others. */
export async function cookieHeader(context: BrowserContext) {
  return (await credentialCookies(context)).map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** The claims of the access token in an `Authorization` header. */
export function claimsOf(authorization: string) {
  const [, payload] = authorization.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string; sid: string; exp: number; name: string };
}

/** The names of the users whose access tokens were sent. */
export function senderNames(network: FaultProxy) {
  const bearers = network.recorded.flatMap(({ headers }) => headers.authorization ?? []);
  return [...new Set(bearers.map((bearer) => claimsOf(bearer).name))];
}

export const test = base.extend<{ network: FaultProxy }, { settings: Record<string, string>; hostname: string; server: TestServer }>({
  /** Settings of the server that differ from the defaults of tests, for all tests of a file. */
  settings: [{}, { scope: 'worker', option: true }],
  /** The host in the address of the server. */
  hostname: ['127.0.0.1', { scope: 'worker', option: true }],
  server: [
    async ({ settings, hostname }, use) => {
      const server = await TestServer.start(settings, hostname);
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  network: async ({ server }, use, test) => {
    server.proxy.reset();
    await use(server.proxy);
    if (test.status !== test.expectedStatus) console.log(`Requests during "${test.title}":\n${server.proxy.formatLog()}`);
    server.proxy.reset();
  },
  // Depends on `network`, so that the proxy is reset for tests that do not name it, too.
  baseURL: async ({ server, network: _ }, use) => use(server.origin),
});

/** Waits until every access token issued so far has expired. */
export async function waitForTokenExpiry() {
  await new Promise((resolve) => setTimeout(resolve, 5_100));
}
