import { createServer, type Server, type Socket } from 'node:net';

import { freePort } from './free-port.ts';
import { type ProxiedConnection, proxyConnection, type ProxyWeather } from './proxied-connection.ts';

/** What a proxy stands in front of. */
export interface ProxyTarget {
  /** Default 127.0.0.1. */
  host?: string;
  port: number;
}

/** A TCP proxy on 127.0.0.1 that can misbehave. It passes everything through until told otherwise. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Delays everything by `ms` in each direction, so a round trip takes twice as long. Order is kept. 0 ends it. */
  latency(ms: number): void;
  /** Swallows traffic: connections are accepted and stay open, nobody answers. What was sent meanwhile arrives after `heal`. */
  blackHole(): void;
  /** The same for connections that are made from now on; those that are open go on. */
  deafToNew(): void;
  /** Ends latency and black hole; connections that were made to a deaf proxy stay dead. */
  heal(): void;
  /** Resets (RST) every open connection. New ones work. */
  reset(): void;
  /** Resets every connection and refuses new ones. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  /** How many client connections are open now. */
  readonly connections: number;
  /** How many there have been. */
  readonly accepted: number;
  /** Down for good. */
  stop(): Promise<void>;
}

/** Starts a proxy in this process, in front of a server. */
export async function faultProxy({ host = '127.0.0.1', port: targetPort }: ProxyTarget): Promise<FaultProxy> {
  const open = new Set<ProxiedConnection>();
  const weather: ProxyWeather = { latencyMs: 0, swallows: false };
  const port = await freePort();
  let isDeaf = false;
  let accepted = 0;
  const accept = (client: Socket) => {
    accepted++;
    const connection = proxyConnection(client, { host, port: targetPort }, isDeaf ? DEAF : weather);
    open.add(connection);
    client.once('close', () => open.delete(connection));
  };
  const each = (act: (connection: ProxiedConnection) => void) => [...open].forEach(act);
  const setWeather = (change: Partial<ProxyWeather>) => {
    Object.assign(weather, change);
    each(connection => connection.weatherChanged());
  };
  const reset = () => each(connection => connection.reset());
  let server: Server | undefined = await listen(accept, port);
  const down = async () => {
    const closing = server;
    server = undefined;
    if (closing) await close(closing, reset);
  };
  return {
    host: '127.0.0.1',
    port,
    latency: latencyMs => setWeather({ latencyMs }),
    blackHole: () => setWeather({ swallows: true }),
    deafToNew: () => void (isDeaf = true),
    heal: () => {
      isDeaf = false;
      setWeather({ latencyMs: 0, swallows: false });
    },
    reset,
    down,
    async up() {
      server ??= await listen(accept, port);
    },
    get connections() {
      return open.size;
    },
    get accepted() {
      return accepted;
    },
    stop: down,
    [Symbol.asyncDispose]: down,
  };
}

const DEAF: ProxyWeather = { latencyMs: 0, swallows: true };

function listen(accept: (client: Socket) => void, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server));
  });
}

function close(server: Server, reset: () => void): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve());
    reset();
  });
}
