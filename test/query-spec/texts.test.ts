import { defineQuerySpec } from '@mikro-kit/query-spec';
import { StringType, defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWithAny } from '../servers/index.ts';
import { ORDERED_COLLATION, type OpenDatabase, openDatabase } from './databases.ts';

/** Writes every letter as the next one. */
class CaesarType extends StringType {
  override convertToDatabaseValue(value: string | null | undefined): string | null | undefined {
    return value?.replace(/[a-y]/g, letter => String.fromCharCode(letter.charCodeAt(0) + 1));
  }
  override convertToJSValue(value: string | null | undefined): string | null | undefined {
    return value?.replace(/[b-z]/g, letter => String.fromCharCode(letter.charCodeAt(0) - 1));
  }
}

const TEXTS = [
  "'",
  '"',
  '\\',
  "\\'",
  "\\' or 1=1 -- ",
  "' or 1=1 -- ",
  'a\nb',
  '\\n',
  "O'Brien",
  'plain',
  '%',
  '\u001A',
];
const OPERATORS = ['eq', 'contains', 'startsWith', 'endsWith', 'ieq'] as const;

/** Under these a backslash in a literal is one, or the other way round. */
const MODES = {
  mysql: "set session sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT'",
  mariadb: "set session sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT'",
  postgres: 'set standard_conforming_strings = off',
} as const;
type Server = keyof typeof MODES;

const worldOf = (name: Server) => {
  const Note = defineEntity({
    name: 'Note',
    properties: {
      id: p.integer().primary(),
      text: p.string(),
      ordered: p.string().length(50).collation(ORDERED_COLLATION[name]),
      json: p.json<{ text: string }>(),
      secret: p.type(CaesarType),
    },
  });
  const query = defineQuerySpec(Note, {
    filter: { text: OPERATORS, ordered: [...OPERATORS, 'gte'], 'json.text': OPERATORS, secret: ['eq', 'ne', 'in'] },
    sort: ['ordered'],
    types: { 'json.text': 'string' },
  });
  return { Note, query };
};

const caesar = new CaesarType();

/** As bytes, which no mode escapes. */
const rowOf = (name: Server, text: string, id: number): string => {
  const literal = (value: string): string => {
    const hex = Buffer.from(value).toString('hex');
    return name === 'postgres' ? `convert_from(decode('${hex}', 'hex'), 'UTF8')` : `convert(x'${hex}' using utf8mb4)`;
  };
  const json = name === 'postgres' ? 'jsonb_build_object' : 'json_object';
  const secret = caesar.convertToDatabaseValue(text) ?? '';
  return `(${id}, ${literal(text)}, ${literal(text)}, ${json}('text', ${literal(text)}), ${literal(secret)})`;
};

const send = async (connection: unknown, sql: string): Promise<void> => {
  const execute: unknown = Object(connection).executeQuery;
  if (typeof execute !== 'function') throw new TypeError('A connection of another kind');
  await Reflect.apply(execute, connection, [{ sql, parameters: [] }]);
};

const matches = (operator: (typeof OPERATORS)[number], text: string, operand: string): boolean => {
  switch (operator) {
    case 'eq':
      return text === operand;
    case 'ieq':
      return text.toLowerCase() === operand.toLowerCase();
    case 'contains':
      return text.includes(operand);
    case 'startsWith':
      return text.startsWith(operand);
    case 'endsWith':
      return text.endsWith(operand);
  }
};

for (const name of ['mysql', 'mariadb', 'postgres'] as const) {
  await describeWithAny([name], `a text from outside is but a text on ${name}, whatever its mode`, () => {
    const { Note, query } = worldOf(name);
    let database: OpenDatabase;
    beforeAll(async () => {
      const onCreateConnection = (connection: unknown): Promise<void> => send(connection, MODES[name]);
      database = await openDatabase(name, { entities: [Note], onCreateConnection });
      const rows = TEXTS.map((text, i) => rowOf(name, text, i + 1)).join(', ');
      const columns = 'id, text, ordered, json, secret'.replace('text', name === 'postgres' ? '"text"' : 'text');
      await database.orm.em.getConnection().execute(`insert into note (${columns}) values ${rows}`);
    });
    afterAll(() => database.close());

    const find = async (input: object): Promise<readonly string[]> =>
      (await query.find(database.orm.em.fork(), query.parse(input))).map(({ text }) => text);

    it.each(['text', 'ordered', 'json.text'])('in %s', async field => {
      for (const operator of OPERATORS) {
        for (const operand of TEXTS) {
          const expected = TEXTS.filter(text => matches(operator, text, operand));
          expect({ operator, operand, found: await find({ filters: { [field]: [operator, operand] } }) }).toEqual({
            operator,
            operand,
            found: expected,
          });
        }
      }
    });

    it('in an order, and in its cursors', async () => {
      const spec = query.parse({ orderBy: 'ordered', limit: 1 });
      const pages = await Array.fromAsync(query.stream(database.orm.em.fork(), spec, { batchSize: 1 }));
      expect(pages.flat().map(({ text }) => text)).toEqual(TEXTS.toSorted());
    });

    it("in keys of the host's cache", async () => {
      const spec = query.parse({ filters: { text: ['contains', "'"], ordered: ['>=', "'"] } });
      const { length } = TEXTS.filter(text => text.includes("'"));
      const cached = (): Promise<object[]> => query.find(database.orm.em.fork(), spec, { cache: 60_000 });
      expect([(await cached()).length, (await cached()).length]).toEqual([length, length]);
    });

    it('in a column whose type writes another one', async () => {
      for (const text of TEXTS) {
        expect(await find({ filters: { secret: text } })).toEqual([text]);
        expect(await find({ filters: { secret: ['in', [text]] } })).toEqual([text]);
        expect(await find({ filters: { secret: ['!=', text] } })).toEqual(TEXTS.filter(other => other !== text));
      }
    });
  });
}
