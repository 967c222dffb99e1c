/**
 * Options for a read beside the rows that were asked for. A named entry of the host's cache stands for one result, whatever
 * the conditions: a count, or keys of related rows, under the name of the rows would be taken for them.
 */
export function unnamed<O extends object>(options: O): O {
  return Array.isArray(Reflect.get(options, 'cache')) ? { ...options, cache: false } : options;
}
