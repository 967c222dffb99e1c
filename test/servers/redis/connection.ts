import { Redis } from 'ioredis';

/**
 * Sends one command on a connection of its own and returns the reply.
 *
 * @param port of a server on 127.0.0.1.
 */
export async function command(port: number, name: string, ...args: Array<string | number>): Promise<unknown> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
    enableReadyCheck: false,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined); // the command rejects by itself
  try {
    await redis.connect();
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}

/** One field of a section of `INFO`. */
export async function info(port: number, section: string, field: string): Promise<string | undefined> {
  const text = String(await command(port, 'INFO', section));
  return new RegExp(`^${field}:(.*?)\r?$`, 'm').exec(text)?.[1];
}
