// The Worker of the binding tests: performs the calls of a request's body. The path says on what: `/` on `env.DB`,
// `/tenant/NAME` on one of many databases behind the service binding `env.SHOAL`.
import { perform } from './calls.mjs';
import { shoal } from './shoal-d1.mjs';

export default {
  async fetch(request, env) {
    const { calls, options } = await request.json();
    const [, kind, name] = new URL(request.url).pathname.split('/');
    const db = kind === 'tenant' ? shoal(env.SHOAL, options).database(decodeURIComponent(name)) : env.DB;
    return Response.json(await perform(db, calls));
  },
};
