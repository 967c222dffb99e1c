import { bar } from './bar.ts';
import type { Figures } from './figures.ts';
import { formatDuration } from './format-duration.ts';
import type { Report } from './report.ts';
import { statementLabel } from './statement-label.ts';

/** A row of the drawn table: the aligned figures, and what they are of. */
export interface TableRow {
  readonly figures: string;
  readonly label: string;
}

/** The columns of a report that leave room for labels in a line of `width` characters; the titles come first. */
export function reportTable({ statements, others, total }: Report, width: number): TableRow[] {
  const lines = statements.map(figures => ({ figures, label: statementLabel(figures) }));
  const rest = others ? [{ figures: others, label: 'others, beyond maxFingerprints' }] : [];
  const all: Line[] = [...lines, ...rest];
  const columns = fit(
    COLUMNS.map(column => aligned(column, all, total)),
    width,
  );
  return ['statement', ...all.map(line => line.label)].map((label, row) => ({
    figures: columns.map(({ cells }) => cells[row] ?? '').join(GAP) + GAP,
    label,
  }));
}

interface Line {
  readonly figures: Figures;
  readonly label: string;
}

interface Column {
  readonly title: string;
  /** Columns with a higher number go first when there is too little room. */
  readonly expendable: number;
  readonly cell: (figures: Figures, total: Figures) => string;
}

const BAR_WIDTH = 10;
const LABEL_WIDTH = 32;
const GAP = '  ';

const COLUMNS: readonly Column[] = [
  { title: '', expendable: 4, cell: ({ totalUs }, total) => bar(share(totalUs, total), BAR_WIDTH) },
  { title: 'share', expendable: 1, cell: ({ totalUs }, total) => `${Math.round(share(totalUs, total) * 100)} %` },
  { title: 'calls', expendable: 0, cell: ({ count }) => count.toLocaleString('en-US') },
  { title: 'mean', expendable: 3, cell: ({ meanUs }) => formatDuration(meanUs) },
  { title: 'p50', expendable: 5, cell: ({ p50Us }) => formatDuration(p50Us) },
  { title: 'p95', expendable: 6, cell: ({ p95Us }) => formatDuration(p95Us) },
  { title: 'p99', expendable: 0, cell: ({ p99Us }) => formatDuration(p99Us) },
  { title: 'max', expendable: 2, cell: ({ maxUs }) => formatDuration(maxUs) },
];

function share(us: number, { totalUs }: Figures): number {
  return totalUs === 0 ? 0 : us / totalUs;
}

interface AlignedColumn {
  readonly expendable: number;
  readonly width: number;
  /** The title first. */
  readonly cells: readonly string[];
}

function aligned({ title, expendable, cell }: Column, lines: readonly Line[], total: Figures): AlignedColumn {
  const cells = [title, ...lines.map(({ figures }) => cell(figures, total))];
  const width = Math.max(...cells.map(text => text.length));
  return { expendable, width, cells: cells.map(text => text.padStart(width)) };
}

function fit(columns: readonly AlignedColumn[], width: number): readonly AlignedColumn[] {
  const taken = columns.reduce((sum, column) => sum + column.width + GAP.length, LABEL_WIDTH);
  const last = Math.max(...columns.map(column => column.expendable));
  if (taken <= width || last === 0) return columns;
  const fewer = columns.filter(column => column.expendable !== last);
  return fit(fewer, width);
}
