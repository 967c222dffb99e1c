/** What a node says that it is, when it was last asked. */
export interface Claim {
  readonly name: string;
  readonly role: 'primary' | 'replica';
  /** Of a PostgreSQL primary: the one with the higher timeline was promoted later. */
  readonly timeline: number | undefined;
  /** Whether it can be believed to be the primary: not a replica that was set up to take writes. */
  readonly isCredible: boolean;
  /** Whether it is known to copy no other server; it can be believed then when the primary is gone. */
  readonly copiesNobody: boolean;
}

/** Who takes writes, by what all nodes say. */
export type Verdict =
  | { readonly kind: 'keep' }
  | { readonly kind: 'promote'; readonly name: string; readonly why: string }
  /** Several say that they are, and nothing tells which. */
  | { readonly kind: 'undecided'; readonly names: readonly string[] };

/**
 * Follows a promotion. Of several primaries the one with the higher timeline counts, never the one that answers first;
 * where there are no timelines, the one that is in use stays until it is gone or refuses writes, and an operator decides
 * between the rest.
 *
 * @param isGone whether the one in use does not answer any more
 */
export function judgeRoles(current: string, claims: readonly Claim[], isGone: boolean): Verdict {
  const isDemoted = claims.some(claim => claim.name === current && claim.role === 'replica');
  const primaries = claims.filter(
    ({ name, role, isCredible, copiesNobody }) =>
      role === 'primary' && (isCredible || isDemoted || name === current || (isGone && copiesNobody)),
  );
  const own = primaries.find(claim => claim.name === current);
  const others = primaries.filter(claim => claim !== own);
  if (others.length === 0) return own ? besideOthers(own, claims) : { kind: 'keep' };
  const newest = newestOf(primaries);
  if (newest === own && own) return { kind: 'keep' };
  if (newest) return { kind: 'promote', name: newest.name, why: `it is on timeline ${newest.timeline}` };
  const [only, ...rest] = others;
  if (!own && only && rest.length === 0) return { kind: 'promote', name: only.name, why: 'it takes writes now' };
  return { kind: 'undecided', names: primaries.map(claim => claim.name) };
}

/** One that was never seen as a replica is not followed as long as the one in use answers, but not passed over either. */
function besideOthers(own: Claim, claims: readonly Claim[]): Verdict {
  const others = claims.filter(claim => claim !== own && claim.role === 'primary' && claim.copiesNobody);
  return others.length === 0
    ? { kind: 'keep' }
    : { kind: 'undecided', names: [own, ...others].map(({ name }) => name) };
}

/** The one whose timeline is above that of all others; none if one of them tells no timeline. */
function newestOf(primaries: readonly Claim[]): Claim | undefined {
  const [first, second] = primaries.toSorted((a, b) => (b.timeline ?? 0) - (a.timeline ?? 0));
  if (!first?.timeline || primaries.some(claim => claim.timeline === undefined)) return undefined;
  return second?.timeline === first.timeline ? undefined : first;
}
