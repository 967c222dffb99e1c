import { importCities } from './cities/database/import-cities.ts';
await importCities('/tmp/cities.sqlite');
