// A proxy between the browser and the server. It records every request and injects the faults of real networks.

import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { type Fault, passThrough, type ProxiedResponse } from './faults';

export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** The whole request as text: path, headers, body. */
  requestText: string;
  /** The whole response as text: headers and body; of a stream, the headers alone. */
  responseText?: string;
  /** Milliseconds since the Unix epoch. */
  receivedAt: number;
  /** The status of the response, once there is one. */
  status?: number;
  /** The response is a stream that is still open. */
  isStreaming?: boolean;
}

export class FaultProxy {
  /** All requests since the last `reset`, in the order of their arrival. */
  recorded: RecordedRequest[] = [];
  private target: (request: IncomingMessage) => string = () => '';
  private faults: { path: RegExp; fault: Fault; times: number }[] = [];
  private readonly server = createServer((request, response) => void this.handle(request, response));

  /** `hostname`: as browsers name this machine. They have passkeys on `localhost`, and none on an IP address. */
  constructor(private readonly hostname = '127.0.0.1') {}

  async start() {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get origin() {
    return `http://${this.hostname}:${(this.server.address() as AddressInfo).port}`;
  }

  /** Routes requests to one origin, or each to the origin chosen for it. */
  routeTo(target: string | ((request: IncomingMessage) => string)) {
    this.target = typeof target === 'string' ? () => target : target;
  }

  /** Applies a fault to the next `times` requests whose path begins like this. The latest injection takes precedence. */
  inject(path: string | RegExp, fault: Fault, times = Infinity) {
    const pattern = typeof path === 'string' ? new RegExp(`^${path}`) : path;
    this.faults.unshift({ path: pattern, fault, times });
  }

  clearFaults() {
    this.faults = [];
  }

  reset() {
    this.clearFaults();
    this.recorded = [];
  }

  /** The recorded requests with this method and a path that begins like this. */
  requests(method: string, path: string) {
    return this.recorded.filter((recorded) => recorded.method === method && recorded.path.startsWith(path));
  }

  get refreshes() {
    return this.requests('POST', '/api/auth/refresh');
  }

  get openStreams() {
    return this.recorded.filter(({ isStreaming }) => isStreaming);
  }

  /** The recorded requests with time and outcome, one per line. */
  formatLog() {
    return this.recorded
      .map(({ receivedAt, method, path, status, isStreaming }) => {
        return `${new Date(receivedAt).toISOString()} ${method} ${path}: ${status ?? 'no response'}${isStreaming ? ', still open' : ''}`;
      })
      .join('\n');
  }

  dropConnections() {
    this.server.closeAllConnections();
  }

  async stop() {
    this.dropConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse) {
    const { method, url, headers } = request;
    const recorded: RecordedRequest = {
      method: method!,
      path: url!,
      headers,
      requestText: url + JSON.stringify(headers),
      receivedAt: Date.now(),
    };
    this.recorded.push(recorded);
    const body = await readBody(request).catch(() => undefined);
    if (!body) return;
    recorded.requestText += body;

    const injected = this.faults.find(({ path, times }) => times > 0 && path.test(recorded.path));
    if (injected) injected.times--;
    const proxied = await (injected?.fault ?? passThrough)(() => this.forward(request, body)).catch(() => undefined);
    if (!proxied) {
      request.socket.destroy();
      return;
    }
    recorded.status = proxied.status;
    recorded.responseText = JSON.stringify(proxied.headers ?? {}) + (proxied.body ?? '');
    await send(proxied, request, response, recorded);
  }

  private async forward(request: IncomingMessage, body: Buffer): Promise<ProxiedResponse> {
    const { method, url, headers, socket } = request;
    if (socket.destroyed) throw new Error('The browser has closed the connection.');
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      httpRequest(this.target(request) + url, { method, headers }, resolve).on('error', reject).end(body);
    });
    const head = { status: response.statusCode!, headers: response.headers };
    if (response.headers['content-type'] === 'text/event-stream') return { ...head, stream: response };
    return { ...head, body: await readBody(response) };
  }
}

/** Writes a response to the browser; returns when its stream, if it has one, is closed. */
async function send(proxied: ProxiedResponse, request: IncomingMessage, response: ServerResponse, recorded: RecordedRequest) {
  const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...headers } = proxied.headers ?? {};
  // One request per connection, because Chromium silently repeats a request that fails on a reused connection.
  response.writeHead(proxied.status, { ...headers, connection: 'close' });
  if (!proxied.stream) {
    response.end(proxied.body);
    return;
  }
  // The browser may have closed the connection in the meantime.
  if (request.socket.destroyed) {
    proxied.stream.destroy();
    return;
  }
  recorded.isStreaming = true;
  response.flushHeaders();
  // The pipeline closes both sides as soon as one of them closes.
  await pipeline(proxied.stream, response).catch(() => {});
  recorded.isStreaming = false;
}

async function readBody(message: IncomingMessage) {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}
