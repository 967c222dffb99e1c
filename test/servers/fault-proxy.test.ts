import { createServer, type Server, Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type FaultProxy, faultProxy, freePort, until } from './index.ts';

describe('a fault proxy', () => {
  let echo: Server;
  let proxy: FaultProxy;
  let clients: Client[];

  beforeEach(async () => {
    const port = await freePort();
    echo = createServer(socket => void socket.on('error', () => socket.destroy()).pipe(socket));
    await new Promise<void>(resolve => void echo.listen(port, '127.0.0.1', resolve));
    proxy = await faultProxy({ port });
    clients = [];
  });
  afterEach(async () => {
    for (const client of clients) client.socket.destroy();
    await proxy.stop();
    echo.close();
  });

  const connect = async () => {
    const client = await open(proxy.port);
    clients.push(client);
    return client;
  };

  it('passes everything through, in order, and the end too', async () => {
    const client = await connect();
    for (let i = 0; i < 100; i++) client.socket.write(`${i},`);
    client.socket.end();
    await client.closed;
    expect(client.received()).toBe(Array.from({ length: 100 }, (_, i) => `${i},`).join(''));
    await until(() => proxy.connections === 0, { what: 'no connection' });
  });

  it('delays each direction by the latency, but does not add up the delays of chunks', async () => {
    proxy.latency(100);
    const client = await connect();
    const start = performance.now();
    for (let i = 0; i < 10; i++) client.socket.write('x'.repeat(10));
    await until(() => client.received().length === 100, { what: 'the echo', deadlineMs: 2_000 });
    const took = performance.now() - start;
    expect(took).toBeGreaterThan(190);
    expect(took).toBeLessThan(1_000);
  });

  it('swallows in a black hole, accepts connections into it, and delivers after healing', async () => {
    const before = await connect();
    proxy.blackHole();
    const after = await connect();
    before.socket.write('a');
    after.socket.write('b');
    await until(() => proxy.connections === 2, { what: 'both connections' });
    expect([before.received(), after.received()]).toEqual(['', '']);
    proxy.heal();
    await until(() => before.received() === 'a' && after.received() === 'b', { what: 'the echoes' });
  });

  it('resets open connections and takes new ones', async () => {
    const client = await connect();
    client.socket.write('a');
    await until(() => client.received() === 'a', { what: 'the echo' });
    proxy.reset();
    expect(await client.closed).toBe('ECONNRESET');
    const next = await connect();
    next.socket.write('b');
    await until(() => next.received() === 'b', { what: 'the echo' });
  });

  it('refuses connections while it is down and comes up on the same port', async () => {
    const client = await connect();
    client.socket.write('a');
    await until(() => client.received() === 'a', { what: 'the echo' });
    await proxy.down();
    expect(await client.closed).toBe('ECONNRESET');
    await expect(open(proxy.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.up();
    await connect();
  });

  it('fails for the client as the server behind it fails', async () => {
    echo.close();
    const client = await connect();
    expect(await client.closed).toBe('ECONNRESET');
  });
});

interface Client {
  socket: Socket;
  received(): string;
  /** The code of the error that closed it, or undefined after an orderly end. */
  closed: Promise<string | undefined>;
}

function open(port: number): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    let text = '';
    let code: string | undefined;
    const closed = new Promise<string | undefined>(ended => void socket.once('close', () => ended(code)));
    socket.on('data', data => (text += data.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code;
      reject(error);
    });
    socket.connect(port, '127.0.0.1', () => resolve({ socket, received: () => text, closed }));
  });
}
