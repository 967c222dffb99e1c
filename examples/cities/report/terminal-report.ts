import { stripVTControlCharacters, styleText } from 'node:util';

import type { Block, Chapter } from './chapter.ts';

const INDENT = '   ';
const GAP = '  ';
/** Characters of a line of prose. */
const LINE = 92;

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
      return wrap(block.text);
    case 'note':
      return wrap(block.text).replaceAll(/^/gm, `${styleText('yellow', '▍')} `);
    case 'facts':
      return block.facts
        .map(fact => renderFact(fact, Math.max(...block.facts.map(([label]) => label.length))))
        .join('\n');
    case 'table':
      return renderTable(block);
  }
}

function renderFact([label, value]: readonly [string, string], labelWidth: number): string {
  const margin = ' '.repeat(labelWidth) + GAP;
  return styleText('dim', label.padEnd(labelWidth)) + GAP + value.replaceAll('\n', `\n${margin}`);
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

/** Breaks a sentence between words. */
function wrap(sentence: string): string {
  return sentence.replaceAll(new RegExp(`(?=\\S)(.{1,${LINE}})(?:\\s+|$)`, 'g'), '$1\n').trimEnd();
}

function indent(lines: string): string {
  return lines.replaceAll(/^(?=.)/gm, INDENT);
}
