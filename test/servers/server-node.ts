import { killIn, pauseIn, resumeIn } from './processes/signals.ts';

/** One server of a group, and what can happen to it. Every fault is done when its promise resolves. */
export interface ServerNode {
  /** `primary`, `replica-0`, …; the names that `mikroOrmOptions()` gives to replicas. */
  readonly name: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  /** What a client of this server takes, with user and password if it needs them. */
  readonly url: string;
  /** Kills all its processes (SIGKILL). Its data and port stay for `restart`. */
  kill(): Promise<void>;
  /** Stops all its processes (SIGSTOP): connections stay open and nobody answers. */
  pause(): Promise<void>;
  /** Lets a paused server go on. */
  resume(): Promise<void>;
  /** Kills it, if it lives, and starts it again on the same port with the same data. Resolves when it answers. */
  restart(): Promise<void>;
}

/** A server that copies another one. */
export interface ReplicaNode extends ServerNode {
  /** Makes every change visible here `ms` milliseconds after it was committed on the primary, from now on. 0 ends it. */
  lag(ms: number): Promise<void>;
  /** Cuts it off: it goes on answering with what it has. */
  breakReplication(): Promise<void>;
  /** Ends `breakReplication`. Resolves when changes flow again. */
  repairReplication(): Promise<void>;
  /** Resolves when it shows everything that the server which it copies had acknowledged before the call. */
  caughtUp(): Promise<void>;
  /** Makes it writable and a copy of nobody. The other servers are not told. */
  promote(): Promise<void>;
}

/** How to make a {@link ServerNode}. */
export interface NodeOptions {
  name: string;
  port: number;
  url: string;
  /** The working folder of all its processes, and of no other. */
  folder: string;
  /** Starts its processes and resolves when they answer. */
  start: () => Promise<void>;
}

/** A node whose faults are signals to the processes in its folder. */
export function serverNode({ name, port, url, folder, start }: NodeOptions): ServerNode {
  return {
    name,
    host: '127.0.0.1',
    port,
    url,
    kill: () => killIn(folder),
    pause: () => pauseIn(folder),
    resume: () => resumeIn(folder),
    async restart() {
      await killIn(folder);
      await start();
    },
  };
}
