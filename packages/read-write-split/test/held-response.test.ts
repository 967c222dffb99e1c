import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { holdHead } from '../src/cookie/held-response.ts';

type Handler = (response: ServerResponse) => unknown;

const COOKIE = 'token=1; HttpOnly';

/** What applications do with their responses, also by mistake. */
const handlers: Readonly<Record<string, Handler>> = {
  'is sent at once': response => response.end('text'),
  'is streamed': response => Readable.from(['one', 'two']).pipe(response),
  'is written in steps': async response => {
    for (const chunk of ['one', 'two']) if (!response.write(chunk)) await once(response, 'drain');
    response.end(() => response.destroy());
  },
  'has a head with cookies of its own': response => {
    response.setHeader('Set-Cookie', 'old=1');
    response.writeHead(201, 'Made', { 'Set-Cookie': ['a=1', 'b=2'], 'Content-Type': 'text/plain' }).end('text');
  },
  'has a head as a list': response => response.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end('text'),
  'has its head sent twice by layers of an application': response => {
    response.writeHead(200);
    if (!response.headersSent) response.writeHead(200);
    response.end('text');
  },
  'has a status that is none': response => response.writeHead(99_999).end(),
  'has a header that is none': response => response.writeHead(200, { 'x-broken': 'a\nb' }).end(),
  'is written what is no text': response => response.write(Reflect.get({ chunk: 1 }, 'chunk')),
  'is changed when its head has gone': response => {
    response.write('one');
    response.statusCode = 500;
    response.setHeader('x-late', '1');
  },
  'is of a handler that fails before it': () => Promise.reject(new Error('failed')),
  'is of a handler that fails in the middle': response => {
    response.write('one');
    throw new Error('failed');
  },
  'is of a handler that fails after it': response => {
    response.writeHead(200, { 'Content-Length': 4 }).end('text');
    throw new Error('failed');
  },
};

describe('a response that waits for its cookie is the same as without it', () => {
  let server: Server;
  const answers = async (path: string): Promise<readonly string[]> => {
    const address = server.address();
    const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
    socket.write(`GET /${encodeURI(path)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    let text = '';
    for await (const data of socket) text += String(data);
    return text.split('\r\n').filter(line => !line.startsWith('Date: '));
  };

  beforeAll(async () => {
    server = createServer(serve);
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => void server.close());

  it.each(Object.keys(handlers))('when it %s', async name => {
    const bare = await answers(`bare/${name}`);
    const held = await answers(`held/${name}`);
    expect(held.filter(line => !line.endsWith(COOKIE))).toEqual(bare);
    expect(held.some(line => line.endsWith(COOKIE))).toBe(bare[0]?.startsWith('HTTP') ?? false);
  });
});

/** As frameworks do: who fails before the head is answered with a status, who fails after it is cut off. */
const serve: RequestListener = (request, response) => {
  const [, how, name = ''] = decodeURI(request.url ?? '').split('/');
  if (how === 'held') holdHead(response, () => turn(COOKIE));
  const run = async (): Promise<unknown> => handlers[name]?.(response);
  run().catch((error: unknown) => {
    if (response.headersSent) return void request.socket.destroy();
    Object.assign(response, { statusCode: 500, statusMessage: 'Failed' });
    response.end(error instanceof Error ? error.message : '');
  });
};
