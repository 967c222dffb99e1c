import { ReadWriteSplitError } from '../read-write-split-error.ts';
import type { CausalReads, CausalSession } from './causal-reads.ts';
import type { Causal, LocatedNode, LocatedNodes } from './causal.ts';
import { hasReplayedAll } from './has-replayed-all.ts';

/** The calls about tokens, for code that runs in whatever request. */
export class CausalCalls implements CausalReads {
  readonly #causal: Causal;
  readonly #nodes: LocatedNodes;
  readonly #request: () => object | undefined;

  /** @param request the running request, if there is one */
  constructor(causal: Causal, nodes: LocatedNodes, request: () => object | undefined) {
    this.#causal = causal;
    this.#nodes = nodes;
    this.#request = request;
  }

  async token(): Promise<string | undefined> {
    const session = this.#causal.sessions.known(this.#request());
    return session && this.#causal.token(session);
  }

  withToken<T>(token: string | undefined, fn: () => T): T {
    return this.session(token).run(fn);
  }

  session(token?: string): CausalSession {
    const causal = this.#causal;
    const session = causal.open(this.#request(), token);
    return {
      run: fn => causal.sessions.run(session, fn),
      get hasWritten() {
        return session.hasWritten;
      },
      token: async () => causal.token(session),
    };
  }

  async reached(node: string, token: string): Promise<boolean> {
    return this.#causal.reached(this.#named(node), token);
  }

  async fresh<T>(fn: () => T): Promise<Awaited<T>> {
    const session = await this.#causal.openFresh(this.#request());
    return await this.#causal.sessions.run(session, fn);
  }

  async mayFill(node: string, tables: readonly string[], since = performance.now()): Promise<boolean> {
    const named = this.#named(node);
    return tables.length === 0 || hasReplayedAll(named, this.#nodes, since);
  }

  #named(name: string): LocatedNode {
    const nodes = [this.#nodes.primary, ...this.#nodes.replicas];
    const found = nodes.find(node => node.name === name);
    if (found) return found;
    const names = nodes.map(node => node.name).join(', ');
    throw new ReadWriteSplitError('UNKNOWN_NODE', `There is no node '${name}'; there are ${names}.`);
  }
}
