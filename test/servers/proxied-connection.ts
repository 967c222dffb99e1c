import { connect, type Socket } from 'node:net';

/** What all connections of a proxy suffer now. */
export interface ProxyWeather {
  /** Milliseconds in each direction. */
  latencyMs: number;
  /** Whether nothing is passed on. */
  swallows: boolean;
}

/** One client of a proxy, joined with the server behind it. */
export interface ProxiedConnection {
  /** Looks at the weather again, to pass on what waits. */
  weatherChanged(): void;
  /** Sends RST to both sides. */
  reset(): void;
}

/** Joins a client with the server. Either side's end ends the other, after what was still on its way. */
export function proxyConnection(
  client: Socket,
  target: { host: string; port: number },
  weather: ProxyWeather,
): ProxiedConnection {
  const server = connect({ ...target, allowHalfOpen: true, noDelay: true });
  const there = oneWay(client, server, weather);
  const back = oneWay(server, client, weather);
  return {
    weatherChanged() {
      there.deliver();
      back.deliver();
    },
    reset() {
      client.resetAndDestroy();
      server.resetAndDestroy();
    },
  };
}

/** A chunk on its way, or the end of the stream. */
interface Parcel {
  data: Buffer | 'end';
  /** When it may arrive, by `performance.now()`. */
  due: number;
}

function oneWay(from: Socket, to: Socket, weather: ProxyWeather): { deliver(): void } {
  const parcels: Parcel[] = [];
  let timer: NodeJS.Timeout | undefined;
  const deliver = () => {
    clearTimeout(timer);
    for (let next = parcels[0]; next && !weather.swallows; next = parcels[0]) {
      const early = next.due - performance.now();
      if (early > 0) {
        timer = setTimeout(deliver, early).unref();
        break;
      }
      parcels.shift();
      pass(next, to);
    }
  };
  const send = (data: Parcel['data']) => {
    parcels.push({ data, due: performance.now() + weather.latencyMs });
    deliver();
  };
  from.on('data', send).on('end', () => send('end'));
  from.on('error', () => to.resetAndDestroy()); // how a connection fails here, it fails there
  from.on('close', failed => (failed || weather.swallows ? clearTimeout(timer) : to.destroySoon()));
  return { deliver };
}

function pass({ data }: Parcel, to: Socket): void {
  if (!to.writable) return;
  if (data === 'end') to.end();
  else to.write(data);
}
