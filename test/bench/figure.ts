/**
 * How long one variant takes in relation to another: the ratio within each round, of these the median of each sitting,
 * and of these the median. Its bound, if it has one, is widened by what the control differs from 1.
 */
export interface RatioFigure<V extends string = string> {
  readonly kind: 'ratio';
  readonly name: string;
  /** The variant in question. */
  readonly of: V;
  /** The variant that it is compared to. */
  readonly to: V;
  /** A second instance of `to`: its own ratio to `to`, ideally 1, is how well the machine can tell. */
  readonly control: V;
  /** The promise, one way or the other; without it the figure is for information. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** A number that the sitting tells after its rounds (bytes, statements, …), as the median of the sittings. */
export interface NumberFigure<N extends string = string> {
  readonly kind: 'number';
  /** Also its key in what `numbers()` of the sitting returns. */
  readonly name: N;
  /** For the table only. */
  readonly unit?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Something that a bench finds out, by the name it has in the JSON. */
export type Figure<V extends string = string, N extends string = string> = RatioFigure<V> | NumberFigure<N>;
