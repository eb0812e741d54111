// Uses Prisma over D1's HTTP API, as a program outside of Workers does; prints one JSON object of what it saw.
// usage: node prisma-http.mjs CLIENT   with CLOUDFLARE_D1_TOKEN, CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_DATABASE_ID set
import { pathToFileURL } from 'node:url';
import { PrismaD1 } from '@prisma/adapter-d1';

const { PrismaClient } = await import(pathToFileURL(process.argv[2]));
const { CLOUDFLARE_D1_TOKEN, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_DATABASE_ID } = process.env;
const prisma = new PrismaClient({
  adapter: new PrismaD1({ CLOUDFLARE_D1_TOKEN, CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_DATABASE_ID }),
});
const code = (promise) => promise.then(() => 'no error', (error) => error.code ?? error.message);

const made = await prisma.user.create({
  data: { email: 'http@x', score: 1.5, active: false, big: 2n ** 40n, posts: { create: [{ title: 'one' }, { title: 'two' }] } },
  include: { posts: true },
});
const updated = await prisma.user.update({ where: { email: 'http@x' }, data: { score: { increment: 1 }, name: "O'Hara é" } });
const seen = {
  titles: made.posts.map(({ title }) => title),
  big: String(made.big),
  active: made.active,
  score: updated.score,
  name: updated.name,
  duplicate: await code(prisma.user.create({ data: { email: 'http@x' } })),
  missing: await code(prisma.user.update({ where: { email: 'nobody@x' }, data: { name: 'x' } })),
  orphan: await code(prisma.post.create({ data: { title: 'x', authorId: 999_999 } })),
  batch: (await prisma.$transaction([prisma.post.count(), prisma.post.deleteMany(), prisma.post.count()]))
    .map((result) => result.count ?? result),
  raw: await prisma.$queryRaw`SELECT 1 AS one, ${'é'} AS text`,
};
await prisma.$disconnect();
console.log(JSON.stringify(seen));
