import { sqlDialect } from './sql-dialect.ts';

/** SQLite, whose columns compare by bytes unless declared otherwise: https://sqlite.org/datatype3.html#collation. */
export const sqlite = sqlDialect({
  name: 'SQLite',
  quote: '`',
  orderedCollation: 'binary',
  comparing: collation => (collation === undefined || /^binary$/i.test(collation) ? 'by code point' : 'folding'),
  text: {
    exact: expression => `${expression} collate binary`,
    exactOperand: '?',
    fold: expression => `lower(${expression})`,
    contains: expression => `instr(${expression}, ?) > 0`,
    start: (expression, length) => `substr(${expression}, 1, ${length})`,
    end: (expression, length) => `substr(${expression}, -${length})`,
    like: expression => `${expression} glob ?`,
    likeSpelling: { any: '*', one: '?', escape: text => text.replace(/[*?[]/g, '[$&]') },
  },
  prefixLike: () => false,
  direction: ({ direction }) => direction,
  refusal({ kind, property: { precision = 0 } }, use) {
    const rounded = kind.name === 'decimal' && precision > 15;
    if (rounded && use !== 'isNull') {
      return 'has more than 15 digits, which SQLite rounds';
    }
    return kind.name === 'bigint' && use === 'page' ? 'is a bigint, which SQLite rounds when it is read' : undefined;
  },
});
