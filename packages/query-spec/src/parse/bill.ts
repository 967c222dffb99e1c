import type { SizeLimits } from '../definition/query-limits.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { Operand } from '../spec/ast.ts';
import { isList } from '../spec/operand.ts';
import { type Operator, OPERATORS } from '../spec/operators.ts';

const PER_RELATION = 5;
const PER_SCAN = 2;
const LIST_MEMBERS = 10;
const OFFSET_ROWS = 100;

/** What a query asks of a database, roughly, added up while it is read: see `SizeLimits.cost`. */
export class Bill {
  #nodes = 0;
  #cost = 0;

  /** A group of conditions, or a test of what is at the other end of a relation. */
  addGroup(): void {
    this.#nodes += 1;
  }

  addComparison(relations: number, operator: Operator, operand: Operand): void {
    this.#nodes += 1;
    this.#cost += 1 + relations * PER_RELATION;
    if (OPERATORS[operator].domain === 'text' && operator !== 'startsWith') {
      this.addScan();
    }
    if (isList(operand)) {
      this.#cost += Math.ceil(operand.length / LIST_MEMBERS);
    }
  }

  /** What no index serves. */
  addScan(): void {
    this.#cost += PER_SCAN;
  }

  addSortKey(relations: number): void {
    this.#cost += 1 + relations * PER_RELATION;
  }

  /** A relation, with those on the way to it. */
  addRelation(path: string): void {
    this.#cost += path.split('.').length * PER_RELATION;
  }

  addOffset(rows: number): void {
    this.#cost += Math.ceil(rows / OFFSET_ROWS);
  }

  /** @throws QuerySpecError `TOO_COMPLEX` for more conditions than `nodes`, or above the budget of `cost`. */
  requireAffordable(limits: Pick<SizeLimits, 'nodes' | 'cost'>): void {
    if (this.#nodes > limits.nodes) {
      const pointer = '/filters';
      throw new QuerySpecError('TOO_COMPLEX', `More than ${limits.nodes} conditions at ${pointer}.`, { pointer });
    }
    if (this.#cost > limits.cost) {
      const message = `The query costs ${this.#cost}, which is more than ${limits.cost}; ask for less.`;
      throw new QuerySpecError('TOO_COMPLEX', message);
    }
  }
}
