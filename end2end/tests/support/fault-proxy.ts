// A proxy between the browser and the server that does what networks do: answers in the server's place, delays, loses.

import { createServer, request as forward, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** A request that has reached the proxy. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** All that the browser sent, as text: path, headers, body. */
  sent: string;
  /** All that it got, as text: headers and body, of a stream the headers alone. */
  got?: string;
  /** When it came, in milliseconds of the Unix epoch. */
  at: number;
  /** What was answered, once something was. */
  status?: number;
  /** Whether the answer is a stream that goes on. */
  isOpen?: boolean;
}

/** An answer, by the server or in its place. */
export interface Answer {
  status: number;
  headers?: IncomingHttpHeaders;
  body?: string | Buffer;
  /** What comes as it is written, in place of a body. */
  stream?: IncomingMessage;
}

/** What happens to a request: what the browser gets, `undefined` if the connection breaks without an answer. */
export type Weather = (server: () => Promise<Answer>) => Promise<Answer | undefined>;

/** The request reaches the server, and the answer the browser. */
export const fair: Weather = (server) => server();

/** Somebody answers in the server's place. */
export const answers = (status: number, body = '', headers: IncomingHttpHeaders = {}): Weather => async () => {
  const type = body.startsWith('<') ? 'text/html' : 'application/json';
  return { status, body, headers: { 'content-type': type, ...headers } };
};

/** The connection breaks before the server has heard anything. */
export const lostOnTheWay: Weather = async () => undefined;

/** Nothing ever comes, and the connection stays. */
export const silence: Weather = () => new Promise(() => {});

/** The request takes so long to the server, and never arrives if the browser gives it up before. */
export const slowly = (milliseconds: number): Weather => async (server) => {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return server();
};

/** The server gets the request, and the connection breaks before it can answer. */
export const answerLost: Weather = async (server) => {
  await server();
  return undefined;
};

/** The server gets the request at once, and the browser its answer only after `until`. */
export const answerHeld = (until: Promise<unknown>): Weather => async (server) => {
  const answer = await server();
  await until;
  return answer;
};

/** Half of the answer is there, and looks complete. */
export const answerHalved: Weather = async (server) => {
  const answer = await server();
  return { ...answer, body: answer.body!.slice(0, answer.body!.length / 2) };
};

/** Headers are missing from the answer. */
export const without = (...names: string[]): Weather => async (server) => {
  const answer = await server();
  const headers = Object.entries(answer.headers ?? {}).filter(([name]) => !names.includes(name));
  return { ...answer, headers: Object.fromEntries(headers) };
};

export class Proxy {
  /** All requests since the last `reset`, in the order in which they came. */
  seen: Seen[] = [];
  private target: (request: IncomingMessage) => string = () => '';
  private weather: { path: RegExp; weather: Weather; times: number }[] = [];
  private readonly server = createServer((request, response) => void this.pass(request, response));

  async start() {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get origin() {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on, requests go to this server, or each to the one that is chosen for it. */
  leadTo(target: string | ((request: IncomingMessage) => string)) {
    this.target = typeof target === 'string' ? () => target : target;
  }

  /** Lets this happen to requests whose path begins so: to the next `times` of them. What was said last comes first. */
  meets(path: string | RegExp, weather: Weather, times = Infinity) {
    const pattern = typeof path === 'string' ? new RegExp(`^${path}`) : path;
    this.weather.unshift({ path: pattern, weather, times });
  }

  /** From now on, everything passes. */
  clears() {
    this.weather = [];
  }

  reset() {
    this.clears();
    this.seen = [];
  }

  /** The requests with this method and with a path that begins so. */
  requests(method: string, path: string) {
    return this.seen.filter((seen) => seen.method === method && seen.path.startsWith(path));
  }

  get refreshes() {
    return this.requests('POST', '/api/auth/refresh');
  }

  /** The streams that stand open. */
  get streams() {
    return this.seen.filter(({ isOpen }) => isOpen);
  }

  /** What came when, and what became of it, a line each. */
  protocol() {
    return this.seen
      .map(({ at, method, path, status, isOpen }) => {
        return `${new Date(at).toISOString()} ${method} ${path}: ${status ?? 'no answer'}${isOpen ? ', still open' : ''}`;
      })
      .join('\n');
  }

  /** Breaks all connections. */
  cuts() {
    this.server.closeAllConnections();
  }

  async stop() {
    this.cuts();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(request: IncomingMessage, response: ServerResponse) {
    const { method, url, headers: sent } = request;
    const seen: Seen = { method: method!, path: url!, headers: sent, sent: url + JSON.stringify(sent), at: Date.now() };
    this.seen.push(seen);
    const body = await read(request).catch(() => undefined);
    if (!body) return;
    seen.sent += body;

    const rule = this.weather.find(({ path, times }) => times > 0 && path.test(seen.path));
    if (rule) rule.times--;
    const answer = await (rule?.weather ?? fair)(() => this.ask(request, body)).catch(() => undefined);
    if (!answer) {
      request.socket.destroy();
      return;
    }
    seen.status = answer.status;
    seen.got = JSON.stringify(answer.headers ?? {}) + (answer.body ?? '');
    const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...headers } = answer.headers ?? {};
    // One request per connection: Chromium repeats by itself, unseen by the page, what fails on a used one.
    response.writeHead(answer.status, { ...headers, connection: 'close' });
    if (!answer.stream) {
      response.end(answer.body);
      return;
    }
    // The browser may have given up before the answer came.
    if (request.socket.destroyed) {
      answer.stream.destroy();
      return;
    }
    seen.isOpen = true;
    response.flushHeaders();
    // Whichever side goes first, the other one is told.
    await pipeline(answer.stream, response).catch(() => {});
    seen.isOpen = false;
  }

  private async ask(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { method, url, headers, socket } = request;
    if (socket.destroyed) throw new Error('The browser has given up.');
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      forward(this.target(request) + url, { method, headers }, resolve).on('error', reject).end(body);
    });
    const head = { status: answer.statusCode!, headers: answer.headers };
    if (answer.headers['content-type'] === 'text/event-stream') return { ...head, stream: answer };
    return { ...head, body: await read(answer) };
  }
}

async function read(message: IncomingMessage) {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part);
  return Buffer.concat(parts);
}
