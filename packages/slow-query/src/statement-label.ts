import type { StatementFigures } from './statement-table.ts';

/**
 * What a statement is called in a line of a report: its shape if it has one, else its fingerprint without what is long
 * and tells little, which are the list of columns and, with one table only, the host's aliases (`c0`).
 */
export function statementLabel({ shape, fingerprint, errors }: StatementFigures): string {
  const label = shape ?? shortened(fingerprint);
  return errors > 0 ? `(${errors} failed) ${label}` : label;
}

function shortened(fingerprint: string): string {
  const text = fingerprint.replace(/^select (?!count\().{12,}? from /, 'select … from ');
  return / join | union /.test(text)
    ? text
    : text.replaceAll(/ as [a-z]\d+(?= |$)/g, '').replaceAll(/\b[a-z]\d+\./g, '');
}
