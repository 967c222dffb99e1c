import { defineEntity, p } from '@mikro-orm/core';

const CountrySchema = defineEntity({
  name: 'Country',
  properties: {
    code: p.string().primary(),
    name: p.string(),
    cities: () => p.oneToMany(City).mappedBy('country'),
  },
});
/** A country by its ISO 3166 code, such as `BR`. */
export class Country extends CountrySchema.class {}
CountrySchema.setClass(Country);

const CitySchema = defineEntity({
  name: 'City',
  indexes: [{ properties: ['country', 'population'] }, { properties: ['population'] }, { properties: ['name'] }],
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    population: p.integer(),
    latitude: p.double(),
    longitude: p.double(),
    country: () => p.manyToOne(Country),
  },
});
/** A place where people live, as GeoNames knows it. */
export class City extends CitySchema.class {}
CitySchema.setClass(City);
