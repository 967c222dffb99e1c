import type { SqlDialect } from '@mikro-kit/statement-tap';

import type { Ask, LogPositions, NodeStanding } from '../positions/log-positions.ts';
import type { NodeProgress } from '../positions/node-progress.ts';
import { positionsOf } from '../positions/positions-of.ts';
import type { Cluster, Findings } from './lag-judgement.ts';
import { mariadbVitals, mysqlVitals, privilegeThroughReadOnly } from './vitals/mysql.ts';
import { postgresVitals } from './vitals/postgres.ts';
import type { ExamineVitals } from './vitals/vitals.ts';

const VITALS: Readonly<Record<LogPositions['product'], ExamineVitals>> = {
  postgres: postgresVitals,
  mysql: mysqlVitals,
  mariadb: mariadbVitals,
};

/** A node that can be asked. */
export interface ExaminedNode {
  readonly progress: NodeProgress;
  readonly ask: Ask;
}

/** Knows what to ask the nodes of one ORM, once a first one has said which product it is. */
export class Examiner {
  readonly #dialect: SqlDialect;
  #positions: LogPositions | undefined;

  constructor(dialect: SqlDialect) {
    this.#dialect = dialect;
  }

  /** Where a node stands. Rejects when it does not answer. */
  async standing(ask: Ask, known?: NodeStanding): Promise<NodeStanding> {
    return (await this.#product(ask)).standing(ask, known);
  }

  /** All that a probe finds. Rejects when the node does not answer. */
  async examine({ progress, ask }: ExaminedNode): Promise<Findings> {
    const standing = await progress.look();
    const { product } = await this.#product(ask);
    return { standing, vitals: await VITALS[product](ask), cluster: clusterOf(product, standing) };
  }

  /** The right by which the account of a replica writes in spite of `read_only`; undefined when it has none. */
  async privilege(ask: Ask): Promise<string | undefined> {
    const { product } = await this.#product(ask);
    return product === 'postgres' ? undefined : privilegeThroughReadOnly(ask);
  }

  async #product(ask: Ask): Promise<LogPositions> {
    this.#positions ??= await positionsOf(this.#dialect, ask);
    if (!this.#positions) throw new TypeError('This database keeps no log positions.');
    return this.#positions;
  }
}

/** MariaDB's servers name each other by numbers that other clusters use, too. */
function clusterOf(product: LogPositions['product'], { position, origins }: NodeStanding): Cluster | undefined {
  return product === 'mariadb' || (product === 'mysql' && !position) ? undefined : origins;
}
