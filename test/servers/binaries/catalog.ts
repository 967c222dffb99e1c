import type { Product } from './installation.ts';

/** What we have to know about a product to find it, or to unpack it. */
export interface Entry {
  /** The program that stands for the product on the PATH. */
  server: string;
  /** Other programs that must lie beside it, or on the PATH too. */
  programs: readonly string[];
  /** What `SERVER --version` must say; the first group is the version. */
  version: RegExp;
  /** A PostgreSQL extension that must be installed too. */
  extension?: string;
  /** The packages that hold it. */
  closure: ClosureName;
}

/** A set of Debian packages that can live in one folder. */
export interface Packages {
  /** The Debian release. `sid` is where Debian has MySQL and DocumentDB; it moves, so what was unpacked is kept. */
  suite: string;
  packages: readonly string[];
  /** Programs that must run with the packages' own loader, as a path below the root. */
  loaded: readonly string[];
  /** Links that an installation would have made: name, target. */
  links: ReadonlyArray<readonly [string, string]>;
}

export type ClosureName = 'bookworm' | 'mysql' | 'documentdb';

const postgresVersion = /^postgres \(PostgreSQL\) ((?:1[5-9]|[2-9]\d)\.\d+)/;

/** Every product that the tests can use. */
export const catalog: Record<Product, Entry> = {
  postgres: { server: 'postgres', programs: ['initdb'], version: postgresVersion, closure: 'bookworm' },
  redis: { server: 'redis-server', programs: [], version: /^Redis server v=([7-9]\.\S+)/, closure: 'bookworm' },
  mariadb: {
    server: 'mariadbd',
    programs: ['mariadb-install-db'],
    version: /Ver ((?:10\.(?:[6-9]|1\d)|1[1-9])\.\d+)-MariaDB/,
    closure: 'bookworm',
  },
  mysql: { server: 'mysqld', programs: [], version: /Ver (9\.\d+\.\d+)\S* for (?!.*MariaDB)/, closure: 'mysql' },
  documentdb: {
    server: 'postgres',
    programs: ['initdb'],
    version: postgresVersion,
    extension: 'documentdb',
    closure: 'documentdb',
  },
};

/** The packages of each closure. */
export const closures: Record<ClosureName, Packages> = {
  bookworm: {
    suite: 'bookworm',
    packages: ['postgresql-15', 'redis-server', 'mariadb-server-core', 'mariadb-client-core'],
    loaded: [
      'usr/lib/postgresql/15/bin/postgres',
      'usr/lib/postgresql/15/bin/initdb',
      'usr/bin/redis-server',
      'usr/sbin/mariadbd',
      'usr/bin/my_print_defaults',
      'usr/bin/resolveip',
    ],
    links: [],
  },
  mysql: { suite: 'sid', packages: ['mysql-server-core'], loaded: ['usr/sbin/mysqld'], links: [] },
  documentdb: {
    suite: 'sid',
    packages: ['postgresql-18', 'postgresql-18-documentdb'],
    loaded: ['usr/lib/postgresql/18/bin/postgres', 'usr/lib/postgresql/18/bin/initdb'],
    links: [['usr/share/postgresql/18/extension/postgis.control', 'postgis-3.control']],
  },
};
