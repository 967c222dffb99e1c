/** What a database makes of its indexes. */
export interface IndexTraits {
  /**
   * Which indexes have the primary key behind their own columns, in its order: all; all but unique ones; all of tables whose
   * key is one integer; or none.
   */
  readonly endWithKey: 'all' | 'not unique' | 'of integer keys' | 'none';
  /** Whether rows that an index gives in order but for their primary key are sorted a tie at a time. */
  readonly sortsTies: boolean;
  /** Whether rows can be found from the related ones that `some` is about, instead of being tested one by one. */
  readonly semiJoins: boolean;
  /** Whether indexes with a descending column do not keep it from reading several indexes for alternatives. */
  readonly mergesDescending: boolean;
  /** Whether a range is read backward in an index with a descending column; else its rows are sorted. */
  readonly reversesDescending: boolean;
  /** Whether an order goes on behind a column that is null in every row. */
  readonly nullIsConstant: boolean;
  /** Whether nulls are the largest in an index, so that an order of nullable columns must be that of the index exactly. */
  readonly nullsLargest: boolean;
  /** Whether the server makes an index for a foreign key that has none. */
  readonly indexesForeignKeys: boolean;
  /**
   * Whether indexes are of documents: there the host leaves those without a value out of the index of a nullable property, and
   * knows no options of columns.
   */
  readonly ofDocuments: boolean;
}
