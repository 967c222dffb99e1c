/**
 * Operators and stages whose result depends on their arguments and on the documents alone, and whose collections the tap
 * can tell.
 */
const PURE = new Set(
  `abs acos acosh add addFields addToSet all allElementsTrue and anyElementTrue arrayElemAt arrayToObject asin asinh atan
  atan2 atanh avg binarySize bitAnd bitNot bitOr bitXor bitsAllClear bitsAllSet bitsAnyClear bitsAnySet bottom bottomN box
  bsonSize bucket bucketAuto caseSensitive ceil center centerSphere cmp comment concat concatArrays cond convert cos cosh count
  covariancePop covarianceSamp dateAdd dateDiff dateFromParts dateFromString dateSubtract dateToParts dateToString dateTrunc
  dayOfMonth dayOfWeek dayOfYear db degreesToRadians denseRank densify derivative diacriticSensitive divide documentNumber
  documents elemMatch eq exists exp expMovingAvg expr facet fill filter first firstN floor geoIntersects geoNear geoWithin
  geometry getField graphLookup group gt gte hour id ifNull in indexOfArray indexOfBytes indexOfCP integral isArray
  isNumber isoDayOfWeek isoWeek isoWeekYear jsonSchema language last lastN let limit linearFill literal ln locf log log10 lookup lt lte
  ltrim map match max maxDistance maxN median mergeObjects meta millisecond min minDistance minN minute mod month multiply
  ne near nearSphere nin nor not objectToArray options or percentile polygon pow project push radiansToDegrees range rank
  redact reduce ref regex regexFind regexFindAll regexMatch replaceAll replaceOne replaceRoot replaceWith reverseArray round rtrim
  search second set setDifference setEquals setField setIntersection setIsSubset setUnion setWindowFields shift sin sinh size
  skip slice sort sortArray sortByCount split sqrt stdDevPop stdDevSamp strLenBytes strLenCP strcasecmp substr substrBytes
  substrCP subtract sum switch tan tanh text toBool toDate toDecimal toDouble toInt toLong toLower toObjectId toString toUUID
  toUpper top topN trim trunc tsIncrement tsSecond type unionWith unset unsetField unwind week year zip`
    .split(/\s+/)
    .map(name => `$${name}`),
);

/** `$search` is an argument of `$text`; as a stage it asks an index that lags behind the documents. */
const STAGE_OF_ANOTHER_INDEX = '$search';

/** Variables that stand for the time or the user of the command. */
const VOLATILE = /^\$\$(?:NOW|CLUSTER_TIME|USER_ROLES)\b/;

/**
 * Whether a filter, a pipeline or a part of one gives the same result each time as long as no document is written. What is
 * not known to (`$where`, `$rand`, `$sample`, `$$NOW`, an operator of a newer server) is never cached.
 */
export function isRepeatableCommand(part: unknown): boolean {
  if (typeof part === 'string') return !VOLATILE.test(part);
  if (typeof part !== 'object' || part === null) return true;
  if (Array.isArray(part)) return part.every(item => isRepeatableCommand(item) && !isSearchStage(item));
  return Object.entries(part).every(
    ([name, value]) => (!name.startsWith('$') || PURE.has(name)) && isRepeatableCommand(value),
  );
}

function isSearchStage(item: unknown): boolean {
  return typeof item === 'object' && item !== null && STAGE_OF_ANOTHER_INDEX in item;
}
