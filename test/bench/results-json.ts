import type { Finding } from './finding.ts';

/** What `--json` writes; the figure `x` of a ratio comes with `x_control`. */
export interface ResultsJson {
  readonly bench: string;
  /** Version of Node.js, such as `24.1.0`. */
  readonly node: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** The results of a bench for machines. */
export function resultsJson(bench: string, found: readonly Finding[]): ResultsJson {
  return { bench, node: process.versions.node, figures: Object.fromEntries(found.flatMap(entriesOf)) };
}

function entriesOf({ figure, value, control }: Finding): [name: string, value: number][] {
  return control === undefined
    ? [[figure.name, value]]
    : [
        [figure.name, value],
        [`${figure.name}_control`, control],
      ];
}
