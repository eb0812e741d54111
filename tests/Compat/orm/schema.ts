// The schema of the Drizzle tests.
import { blob, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const users = sqliteTable('users', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  email: text('email').notNull().unique(),
  score: real('score'),
  active: integer('active', { mode: 'boolean' }).notNull().default(true),
  since: integer('since', { mode: 'timestamp' }),
  settings: text('settings', { mode: 'json' }),
  big: blob('big', { mode: 'bigint' }),
  data: blob('data', { mode: 'buffer' }),
});

export const posts = sqliteTable('posts', {
  id: integer('id').primaryKey(),
  title: text('title').notNull(),
  author: integer('author').notNull().references(() => users.id),
});
