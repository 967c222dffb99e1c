import { stripVTControlCharacters } from 'node:util';

const GAP = '   ';

/** Rows of cells as lines, each column as wide as its widest cell; `right` names the columns that end flush. */
export function alignedColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const columns = Math.max(...rows.map(row => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map(row => width(row[at] ?? ''))));
  return rows.map(row =>
    widths
      .map((to, at) => pad(row[at] ?? '', to, right.includes(at)))
      .join(GAP)
      .trimEnd(),
  );
}

function pad(cell: string, to: number, right: boolean): string {
  const space = ' '.repeat(to - width(cell));
  return right ? space + cell : cell + space;
}

/** Characters on screen: colours take none. */
function width(cell: string): number {
  return Array.from(stripVTControlCharacters(cell)).length;
}
