// Faults between the browser and the server, to inject with `FaultProxy.inject`.

import { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

export interface ProxiedResponse {
  status: number;
  headers?: IncomingHttpHeaders;
  body?: string | Buffer;
  /** A response that is passed on as it arrives, in place of a body. */
  stream?: IncomingMessage;
}

/** Decides the browser's response; `undefined` closes the connection without one. `forward` passes the request to the server. */
export type Fault = (forward: () => Promise<ProxiedResponse>) => Promise<ProxiedResponse | undefined>;

export const passThrough: Fault = (forward) => forward();

/** Responds in place of the server. */
export const respondWith = (status: number, body = '', headers: IncomingHttpHeaders = {}): Fault => async () => {
  const type = body.startsWith('<') ? 'text/html' : 'application/json';
  return { status, body, headers: { 'content-type': type, ...headers } };
};

/** Closes the connection before the request reaches the server. */
export const dropRequest: Fault = async () => undefined;

/** Keeps the connection open without a response. */
export const neverRespond: Fault = () => new Promise(() => {});

/** Delays the request; it never reaches the server if the browser closes the connection before. */
export const delayRequest = (milliseconds: number): Fault => async (forward) => {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return forward();
};

/** Forwards the request and closes the connection in place of the response. */
export const dropResponse: Fault = async (forward) => {
  await forward();
  return undefined;
};

/** Forwards the request at once and holds the response back until `released`. */
export const holdResponse = (released: Promise<unknown>): Fault => async (forward) => {
  const response = await forward();
  await released;
  return response;
};

/** Holds the request back until `released`. */
export const holdRequest = (released: Promise<unknown>): Fault => async (forward) => {
  await released;
  return forward();
};

/** Cuts the body in half; the response looks complete. */
export const truncateResponse: Fault = async (forward) => {
  const response = await forward();
  return { ...response, body: response.body!.slice(0, response.body!.length / 2) };
};

/** Removes headers from the response. */
export const withoutHeaders = (...names: string[]): Fault => async (forward) => {
  const response = await forward();
  const headers = Object.entries(response.headers ?? {}).filter(([name]) => !names.includes(name));
  return { ...response, headers: Object.fromEntries(headers) };
};
