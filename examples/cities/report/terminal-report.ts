import { stripVTControlCharacters, styleText } from 'node:util';

import type { Block, Chapter } from './chapter.ts';

const INDENT = '   ';
const GAP = '  ';

/** The head of the report. */
export function renderTitle(title: string, subtitle: string): string {
  return `${styleText('bold', title)}\n${styleText('dim', subtitle)}`;
}

/** A chapter as text for a terminal; colours are left out where the terminal or `NO_COLOR` does not want them. */
export function renderChapter({ title, blocks }: Chapter, number: number): string {
  const heading = `${styleText('cyan', String(number))}  ${styleText('bold', title)}`;
  return [heading, ...blocks.map(block => indent(renderBlock(block)))].join('\n\n');
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'text':
      return block.text;
    case 'note':
      return block.text.replaceAll(/^/gm, `${styleText('yellow', '▍')} `);
    case 'facts':
      return alignColumns(block.facts.map(([label, value]) => [styleText('dim', label), value]));
    case 'table':
      return renderTable(block);
  }
}

function renderTable({ columns, rows }: Extract<Block, { kind: 'table' }>): string {
  const titles = columns.map(({ title }) => styleText('dim', title));
  return alignColumns(
    [titles, ...rows],
    columns.map(({ align }) => align ?? 'left'),
  );
}

function alignColumns(rows: readonly (readonly string[])[], aligns: readonly ('left' | 'right')[] = []): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => width(row[column] ?? ''))));
  return rows
    .map(row =>
      row
        .map((cell, at) => pad(cell, widths[at] ?? 0, aligns[at]))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n');
}

function pad(cell: string, to: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(to - width(cell));
  return align === 'right' ? space + cell : cell + space;
}

/** Characters on screen: colours take none. Good for Latin text, which is all that the report holds. */
function width(cell: string): number {
  return Array.from(stripVTControlCharacters(cell)).length;
}

function indent(lines: string): string {
  return lines.replaceAll(/^(?=.)/gm, INDENT);
}
