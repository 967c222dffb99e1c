/** The parts of the `mongodb` driver's client and events that the tap stands on (driver 6 and 7). */
export interface MongoClient {
  readonly options: { readonly maxPoolSize?: number };
  on(event: 'commandStarted', listener: (event: CommandStarted) => void): unknown;
  on(event: 'commandSucceeded', listener: (event: CommandSucceeded) => void): unknown;
  on(event: 'commandFailed', listener: (event: CommandFailed) => void): unknown;
  on(event: 'serverDescriptionChanged', listener: (event: ServerDescriptionChanged) => void): unknown;
  on(event: PoolEventName, listener: () => void): unknown;
}

export type PoolEventName =
  | 'connectionCreated'
  | 'connectionClosed'
  | 'connectionCheckOutStarted'
  | 'connectionCheckedOut'
  | 'connectionCheckOutFailed'
  | 'connectionCheckedIn';

export interface CommandStarted {
  readonly requestId: number;
  readonly address: string;
  readonly commandName: string;
  readonly command: Readonly<Record<string, unknown>>;
}

export interface CommandSucceeded {
  readonly requestId: number;
  readonly reply: unknown;
}

export interface CommandFailed {
  readonly requestId: number;
  readonly failure: unknown;
}

export interface ServerDescriptionChanged {
  readonly address: string;
  readonly newDescription: { readonly type: string };
}
