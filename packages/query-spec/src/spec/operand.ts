import type { Operand, Value } from './ast.ts';

/** Tells the operand of `in`, `nin` and `between` from a single one. */
export function isList(operand: Operand): operand is readonly (Value | null)[] {
  return Array.isArray(operand);
}
