import type { KeyMeaning } from './key-meaning.ts';

/** One relation, or one key, that was read one by one in a loop. Plain data; holds no value of any statement. */
export interface NPlusOne {
  /** `Country.cities`, when the relation can be told; else see `entity` and `columns`. */
  readonly relation?: string;
  /** Class name of the entity whose rows were read one by one, when the relation cannot be told. */
  readonly entity?: string;
  /** Its columns by which they were read. */
  readonly columns?: readonly string[];
  /** The most reads in one EntityManager. */
  readonly times: number;
  /** In how many EntityManagers it happened. */
  readonly forks: number;
  /** The statement that was repeated, without its values. */
  readonly fingerprint: string;
  /** What to do, in half a sentence: `add populate: ['cities'] to the find of Country`. */
  readonly remedy: string;
  /** All of it in one line. */
  readonly message: string;
}

/** One N+1, and how often it was met. */
export interface Finding {
  readonly meaning: KeyMeaning;
  readonly fingerprint: string;
  times: number;
  forks: number;
}

/** Puts a finding into words. */
export function describeNPlusOne({ meaning, fingerprint, times, forks }: Finding): NPlusOne {
  const remedy = remedyOf(meaning);
  const message = `${whatHappened(meaning, times)} in one EntityManager: ${remedy}.`;
  return { ...nameOf(meaning), times, forks, fingerprint, remedy, message };
}

function nameOf(meaning: KeyMeaning): Pick<NPlusOne, 'relation' | 'entity' | 'columns'> {
  if (meaning.kind === 'key') return { entity: meaning.entity, columns: meaning.columns };
  return { relation: `${meaning.owner}.${meaning.property}` };
}

function whatHappened(meaning: KeyMeaning, times: number): string {
  const often = `${times} times one by one`;
  if (meaning.kind === 'key') return `${meaning.entity} was read ${often} by ${meaning.columns.join(', ')}`;
  const loaded = `${meaning.owner}.${meaning.property} was loaded ${often}`;
  return hasParentsOneByOne(meaning) ? `${loaded}, like ${meaning.owner} itself,` : loaded;
}

function remedyOf(meaning: KeyMeaning): string {
  if (meaning.kind === 'key') return `read them in one statement, by a list of ${meaning.columns.join(', ')}`;
  const populate = `populate: ['${meaning.property}']`;
  if (hasParentsOneByOne(meaning)) return `use one find of ${meaning.owner} with ${populate}`;
  return `add ${populate} to the find of ${meaning.owner}`;
}

function hasParentsOneByOne(meaning: KeyMeaning): boolean {
  return meaning.kind === 'collection' && meaning.parentsOneByOne;
}
