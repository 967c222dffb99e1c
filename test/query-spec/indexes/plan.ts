import type { EntityManager } from '@mikro-orm/core';

import type { Database } from '../databases.ts';

/** What a planner does with a statement. */
export interface Plan {
  /** The tables that it reads as a whole, by the host's alias: those of subqueries begin with q. */
  readonly scans: readonly string[];
  /** Reads a whole index, in its order, and leaves out rows as it goes. */
  readonly walks: boolean;
  /** Sorts rows, other than those that are equal in all but the primary key. */
  readonly sorts: boolean;
  readonly text: string;
}

/** A statement as it was sent. */
export interface Statement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** Asks the database how it would answer. */
export async function planOf(em: EntityManager, database: Database, { sql, params }: Statement): Promise<Plan> {
  const rows: readonly object[] = await em
    .getConnection()
    .execute(`${PREFIX[database]} ${sql}`, [...params], 'all', em.getTransactionContext());
  return READERS[database](rows);
}

/** The same as far as one index can go: planners like to sort a few rows, or to find them by another one. */
export async function planBy(
  em: EntityManager,
  database: Database,
  { sql, params }: Statement,
  index: string,
): Promise<Plan> {
  const hint = database === 'sqlite' ? `indexed by \`${index}\`` : `force index (\`${index}\`)`;
  const hinted = sql.replace(/ from `\w+` as `\w+`/, from => `${from} ${hint}`);
  return database === 'postgres' ? unsortedPlanOf(em, { sql, params }) : planOf(em, database, { sql: hinted, params });
}

/** What PostgreSQL does when it is kept from sorting. */
export async function unsortedPlanOf(em: EntityManager, statement: Statement): Promise<Plan> {
  return em.transactional(async inner => {
    await inner.getConnection().execute('set local enable_sort = off', [], 'run', inner.getTransactionContext());
    return planOf(inner, 'postgres', statement);
  });
}

const PREFIX: Readonly<Record<Database, string>> = {
  sqlite: 'explain query plan',
  postgres: 'explain',
  mysql: 'explain format=tree',
  mariadb: 'explain',
  mongodb: '',
};

const READERS: Readonly<Record<Database, (rows: readonly object[]) => Plan>> = {
  sqlite: rows => {
    const text = linesOf(rows, 'detail');
    return {
      scans: aliasesOf(text, /^SCAN (?!.*USING|CONSTANT)(\w+)/gm),
      walks: /^SCAN .*USING/m.test(text),
      sorts: /^USE TEMP B-TREE FOR ORDER BY/m.test(text),
      text,
    };
  },
  postgres: rows => {
    const text = linesOf(rows, 'QUERY PLAN');
    return {
      scans: aliasesOf(text, /Seq Scan on \w+ (\w+)/g),
      walks: /Index (?:Only )?Scan .*\n(?!\s+Index Cond)/.test(`${text}\n`),
      sorts: /^(?:\s*->)?\s*Sort\b(?! Key)/m.test(text),
      text,
    };
  },
  mysql: rows => {
    const text = linesOf(rows, 'EXPLAIN');
    return {
      scans: aliasesOf(text, /Table scan on (?!<)(\w+)/g),
      walks: /ndex scan on (?!<)/.test(text),
      sorts: /-> Sort(?!-deduplicate)/.test(text),
      text,
    };
  },
  mariadb: rows => {
    const text = rows
      .map(row =>
        ['table', 'type', 'key', 'key_len', 'rows', 'Extra'].map(name => String(Reflect.get(row, name))).join(' | '),
      )
      .join('\n');
    return {
      scans: aliasesOf(text, /^(?!<)(\w+) \| ALL \|/gm),
      walks: / \| index \|/.test(text),
      sorts: /filesort/.test(text),
      text,
    };
  },
  mongodb: () => {
    throw new RangeError('No mongod is at hand whose plans could be read');
  },
};

function aliasesOf(text: string, pattern: RegExp): readonly string[] {
  return Array.from(text.matchAll(pattern), ([, alias = '']) => alias);
}

function linesOf(rows: readonly object[], column: string): string {
  return rows.map(row => String(Reflect.get(row, column))).join('\n');
}
