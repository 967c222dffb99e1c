import type { Block, Chapter } from './chapter.ts';

const STYLE = `
  :root { color-scheme: light dark; --line: light-dark(#ddd, #3a3a3a); --dim: light-dark(#666, #9a9a9a); --note: light-dark(#fff7e0, #332b12); }
  body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1.25rem; }
  h1 { font-size: 1.6rem; margin-bottom: .25rem; } h2 { font-size: 1.15rem; margin-top: 2.75rem; }
  h2 span, .dim, th, dt { color: var(--dim); font-weight: 400; } h2 span { margin-right: .75rem; }
  .scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { text-align: left; padding: .3rem 1.25rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
  .right { text-align: right; white-space: nowrap; } dd { white-space: pre-wrap; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.25rem; }
  dd { margin: 0; overflow-wrap: anywhere; } td, dd { font-family: ui-monospace, monospace; font-size: .875rem; }
  .note { background: var(--note); border-left: 3px solid #d90; padding: .6rem 1rem; white-space: pre-line; }`;

/** The report as one HTML page that needs nothing from outside. Every value is escaped. */
export function renderPage(title: string, subtitle: string, chapters: readonly Chapter[]): string {
  const body = chapters.map((chapter, index) => renderChapter(chapter, index + 1)).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}
</style>
<h1>${escape(title)}</h1>
<p class="dim">${escape(subtitle)}</p>
${body}
</html>
`;
}

function renderChapter({ title, blocks }: Chapter, number: number): string {
  return `<h2><span>${number}</span>${escape(title)}</h2>\n${blocks.map(renderBlock).join('\n')}`;
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escape(block.text)}</p>`;
    case 'note':
      return `<p class="note">${escape(block.text)}</p>`;
    case 'facts':
      return `<dl>${block.facts.map(([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`).join('')}</dl>`;
    case 'table':
      return renderTable(block);
  }
}

function renderTable({ columns, rows }: Extract<Block, { kind: 'table' }>): string {
  const row = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell, at) => `<${tag}${columns[at]?.align === 'right' ? ' class="right"' : ''}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  const head = row(
    columns.map(({ title }) => title),
    'th',
  );
  return `<div class="scroll"><table>${head}${rows.map(cells => row(cells, 'td')).join('')}</table></div>`;
}

function escape(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
