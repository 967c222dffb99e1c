/** The kinds of server programs that we look for. */
export type Product = 'postgres' | 'redis' | 'mysql' | 'mariadb' | 'documentdb';

/** Where server programs come from. */
export type Source = 'PATH' | 'Debian packages';

/** The programs of one product, found on this machine or unpacked for it. */
export interface Installation {
  readonly product: Product;
  readonly from: Source;
  /** As the server itself says it: `15.13`, `10.11.11`. */
  readonly version: string;
  /** The folder of unpacked packages that stands for `/`, or `/` for programs on the PATH. */
  readonly root: string;
  /** The absolute path of a program that belongs to the product: `initdb`, `redis-server`. */
  program(name: string): string;
}
