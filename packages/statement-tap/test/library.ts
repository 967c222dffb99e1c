import { defineEntity, p } from '@mikro-orm/core';

const AuthorSchema = defineEntity({
  name: 'Author',
  properties: { id: p.integer().primary(), books: () => p.oneToMany(Book).mappedBy('author') },
});
export class Author extends AuthorSchema.class {}
AuthorSchema.setClass(Author);

const PublisherSchema = defineEntity({
  name: 'Publisher',
  properties: { id: p.integer().primary(), books: () => p.oneToMany(Book).mappedBy('publisher') },
});
export class Publisher extends PublisherSchema.class {}
PublisherSchema.setClass(Publisher);

const BookSchema = defineEntity({
  name: 'Book',
  properties: {
    id: p.integer().primary(),
    author: () => p.manyToOne(Author),
    publisher: () => p.manyToOne(Publisher),
  },
});
export class Book extends BookSchema.class {}
BookSchema.setClass(Book);
