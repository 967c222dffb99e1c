import { types } from 'node:util';

import { CAPS } from '../definition/caps.ts';
import { Pointer } from '../json-pointer.ts';
import { isQuerySpecError } from '../query-spec-error.ts';
import { isPlainArray, isPlainObject, itemsOf } from './plain-data.ts';

/**
 * The part of Standard Schema 1 that validators share, so that tRPC, Hono, Fastify and others take a query for a
 * schema: https://standardschema.dev. Its authors ask libraries to copy the types.
 */
export interface StandardSchema<Input, Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: 'mikro-kit';
    readonly validate: (value: unknown) => StandardResult<Output>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** A value, or what is wrong. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly PropertyKey[];
}

interface Doors<Output> {
  readonly parse: (input: unknown) => Output;
  readonly fromQueryString: (input: unknown) => Output;
}

/**
 * Takes what either door takes, and the flat object that frameworks make of a query string:
 * `{ 'filter[name]': 'Oslo', sort: '-name' }`.
 */
export function standardProps<Output>(doors: Doors<Output>): StandardSchema<unknown, Output>['~standard'] {
  return { version: 1, vendor: 'mikro-kit', validate: value => validate(doors, value) };
}

function validate<Output>({ parse, fromQueryString }: Doors<Output>, input: unknown): StandardResult<Output> {
  try {
    if (typeof input === 'string' || isSearchParams(input)) {
      return { value: fromQueryString(input) };
    }
    const parameters = flatParameters(input);
    return { value: parameters ? fromQueryString(parameters) : parse(input) };
  } catch (error) {
    if (isQuerySpecError(error)) {
      return { issues: [{ message: error.message, path: segmentsOf(error.pointer) }] };
    }
    throw error;
  }
}

function flatParameters(input: unknown): URLSearchParams | undefined {
  if (!isPlainObject(input)) {
    return undefined;
  }
  const properties = Object.entries(Object.getOwnPropertyDescriptors(input));
  if (!properties.some(([name, { value }]) => isOfQueryString(name, value))) {
    return undefined;
  }
  const parameters = properties.map(
    ([name, { value }]) => [name, isPlainArray(value) ? itemsOf(value, new Pointer(), MOST) : [value]] as const,
  );
  const pairs = parameters.flatMap(([name, values]) =>
    values.flatMap((value): [string, string][] => (typeof value === 'string' ? [[name, value]] : [])),
  );
  const isComplete = pairs.length === parameters.reduce((count, [, values]) => count + values.length, 0);
  return isComplete ? new URLSearchParams(pairs) : undefined;
}

/** Brackets in a name, `sort`, and commas between names are known to query strings only. */
function isOfQueryString(name: string, value: unknown): boolean {
  const isList = name === 'fields' || name === 'populate';
  return name === 'sort' || name.startsWith('filter[') || (isList && typeof value === 'string' && value.includes(','));
}

/** Values of one parameter; there is no list of more. */
const MOST = CAPS.listLength;

function isSearchParams(input: unknown): input is URLSearchParams {
  return !types.isProxy(input) && input instanceof URLSearchParams;
}

function segmentsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(segment => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}
