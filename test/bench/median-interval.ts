const DOUBT = 0.05;

/**
 * Where the median lies with a certainty of at least 95 %: the interval of the sign test, between two of the values,
 * whatever their distribution. Undefined for fewer than six values, which cannot tell. W. J. Conover, "Practical
 * Nonparametric Statistics", on confidence intervals for a quantile.
 */
export function medianInterval(values: readonly number[]): readonly [low: number, high: number] | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const outside = valuesOutside(values.length);
  const low = sorted[outside - 1];
  const high = sorted[values.length - outside];
  return low === undefined || high === undefined ? undefined : [low, high];
}

/** The most values on either side that may be left out, plus one: heads of `size` coins are that few in 2.5 % of cases. */
function valuesOutside(size: number): number {
  let heads = 0;
  let chance = 0.5 ** size;
  for (let sum = chance; sum <= DOUBT / 2 && heads < size; sum += chance) {
    heads++;
    chance *= (size - heads + 1) / heads;
  }
  return heads;
}
