/** Whether two lists have the same items in the same order. */
export function haveSameItems(ones: readonly unknown[], others: readonly unknown[]): boolean {
  return ones.length === others.length && ones.every((one, at) => one === others[at]);
}
