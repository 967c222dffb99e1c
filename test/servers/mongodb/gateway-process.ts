import { join } from 'node:path';

import { MongoClient } from 'mongodb';

import { startProcess } from '../processes/start-process.ts';

/** One gateway to start. */
export interface GatewayProcess {
  name: string;
  /** The working folder of its member. */
  folder: string;
  port: number;
  postgresPort: number;
  /** `host:port` of all members of the replica set. */
  hosts: readonly string[];
}

/** The replica set's name. */
export const setName = 'test';

/** Starts the gateway of a member and waits until it answers a client. */
export async function startGateway({ name, folder, port, postgresPort, hosts }: GatewayProcess): Promise<void> {
  const program = join(import.meta.dirname, 'gateway', 'main.ts');
  const args = [
    '--disable-warning=ExperimentalWarning',
    program,
    String(port),
    String(postgresPort),
    setName,
    ...hosts,
  ];
  const command = { file: process.execPath, args };
  await startProcess({ name: `${name}-gateway`, folder, command, keepsRights: true, ready: () => ping(port) });
}

async function ping(port: number): Promise<boolean> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: 2_000,
  });
  try {
    return (await client.db('admin').command({ ping: 1 }))['ok'] === 1;
  } finally {
    await client.close();
  }
}
