export const itemIds: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
export const boxIds: readonly number[] = [1, 2];
export const tagIds: readonly number[] = [1, 2, 3];

/** The box of an item; it never moves. */
export function boxOf(id: number): number {
  return 1 + (id % boxIds.length);
}

/** The only part that an item can have. */
export function partOf(id: number): number {
  return 100 + id;
}
