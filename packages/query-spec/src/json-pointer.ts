const LONGEST_NAME = 64;

/** Appends a segment to a JSON pointer (RFC 6901). A long segment, which only hostile input has, is cut. */
export function pointerTo(parent: string, segment: string | number): string {
  const name = cut(String(segment));
  const isPlain = !name.includes('/') && !name.includes('~');
  return `${parent}/${isPlain ? name : name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** A name of the input, quoted and cut, for a message. */
export function quoted(name: string): string {
  return JSON.stringify(cut(name));
}

function cut(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}
