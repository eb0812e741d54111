// Lets `wrangler dev` give a Worker a D1 binding whose database is on a Shoal server; see docs/guides/workers.md.
const serviceName = (binding) => `shoal-d1:${binding}`;
const ours = (options) => Object.entries(options.config.env ?? {})
  .filter(([, binding]) => binding.dev?.plugin?.name === 'shoal-d1');

export const plugins = {
  'shoal-d1': {
    bindingTypeDescription: 'D1 database on a Shoal server',
    getBindings: (options) => ours(options).map(([name]) => ({
      name,
      wrapped: {
        moduleName: 'cloudflare-internal:d1-api',
        innerBindings: [{ name: 'fetcher', service: { name: serviceName(name) } }],
      },
    })),
    getNodeBindings: () => ({}),
    getServices: async ({ options }) => ours(options).map(([name, { dev: { options: { address, database, token } } }]) => ({
      name: serviceName(name),
      external: {
        address,
        http: {
          injectRequestHeaders: [
            { name: 'X-D1-Database-Id', value: database },
            { name: 'Authorization', value: `Bearer ${token}` },
          ],
        },
      },
    })),
  },
};
