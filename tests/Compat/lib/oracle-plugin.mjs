// A Miniflare plugin with one binding: the HTTP entry of Miniflare's own D1 simulator, unwrapped. A Worker's `env.DB`
// hides column names and folds several result sets into one; the entry behind it shows all of them.
export const plugins = {
  'd1-entry': {
    bindingTypeDescription: 'D1 simulator entry',
    getBindings(options) {
      return Object.entries(options.config.env ?? {})
        .filter(([, binding]) => binding.type === 'unsafe:d1-entry')
        .map(([name]) => ({ name, service: { name: 'd1:db:entry', props: { json: '{}' } } }));
    },
    getNodeBindings() {
      return {};
    },
    async getServices() {
      return [];
    },
  },
};
