// Runs the Worker's handler once, in plain Node: node run.mjs. Needs SHOAL_URL and SHOAL_TOKEN.
import { rollUp } from './worker.mjs';

const { SHOAL_URL, SHOAL_TOKEN, NOW } = process.env;
const done = await rollUp({ SHOAL: globalThis, SHOAL_URL, SHOAL_TOKEN }, NOW ? new Date(NOW) : new Date());
for (const { name, day, paths, removed } of done) console.log(`${name}: ${paths} paths on ${day}, ${removed} old visits removed`);
