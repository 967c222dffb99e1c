/** A column of an index. */
export interface IndexColumn {
  /** As the database calls it; of JSON with the keys behind it. */
  readonly name: string;
  readonly descending: boolean;
  /** Whether nulls come before everything else. */
  readonly nullsFirst: boolean;
  /** Where it is not the column's own. */
  readonly collation?: string;
  /** Holds the beginning of each value only, which gives no order. */
  readonly cut?: true;
}

/** An index that rows can be found by: neither partial, nor of an expression, nor of another kind than a B-tree. */
export interface TableIndex {
  /** In their order, with those of the primary key where the database keeps them behind. */
  readonly columns: readonly IndexColumn[];
  /** The columns whose values no two rows share. */
  readonly unique?: readonly string[];
  /** The definition says that it is there, and that it serves whatever is asked of its fields. */
  readonly assumed?: true;
  /** Holds the rows with a value only. */
  readonly sparse?: true;
}
