/** One part of the report: what a reader is shown, without saying how it looks. */
export interface Chapter {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [label: string, value: string])[] }
  | { readonly kind: 'table'; readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'note'; readonly text: string };

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A running sentence. */
export function text(sentence: string): Block {
  return { kind: 'text', text: sentence };
}

/** Labels with their values. */
export function facts(...rows: (readonly [label: string, value: string])[]): Block {
  return { kind: 'facts', facts: rows };
}

/** Rows under titles; a title that starts with `>` has its column on the right. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): Block {
  const columns = titles.map((title): Column =>
    title.startsWith('>') ? { title: title.slice(1), align: 'right' } : { title },
  );
  return { kind: 'table', columns, rows };
}

/** Something that deserves attention. */
export function note(sentence: string): Block {
  return { kind: 'note', text: sentence };
}
