// Many databases behind one service binding, each with the interface of Cloudflare's D1Database.
// Use: shoal(env.SHOAL).database('tenant-17').prepare('SELECT …').bind(1).all(); see docs/guides/workers.md.
const tokenHeader = 'x-cf-d1-session-commit-token';
const constraints = ['first-primary', 'first-unconstrained'];

const fail = (prefix, message) => { throw new Error(`${prefix}: ${message}`, { cause: new Error(message) }); };

function toWire(value) {
  if (value === null || typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) return Array.from(value);
  if (Array.isArray(value) && value.every((byte) => typeof byte === 'number' && byte >= 0 && byte < 256)) return value;
  return fail('D1_TYPE_ERROR', `Type '${typeof value}' not supported for value '${value}'`);
}

const withObjects = ({ results: { columns, rows }, ...rest }) =>
  ({ ...rest, results: rows.map((row) => Object.fromEntries(row.map((cell, index) => [columns[index], cell]))) });

class Statement {
  constructor(session, sql, params = []) { Object.assign(this, { session, sql, params }); }
  bind(...values) { return new Statement(this.session, this.sql, values.map(toWire)); }
  async rows() { return (await this.session.send('query', [this]))[0]; }
  async all() { return withObjects(await this.rows()); }
  async run() { return this.all(); }
  async raw({ columnNames = false } = {}) {
    const { columns, rows } = (await this.rows()).results;
    return columnNames ? [columns, ...rows] : rows;
  }
  async first(column) {
    const row = (await this.all()).results[0];
    if (row === undefined) return null;
    if (column !== undefined && row[column] === undefined) {
      throw new Error(`D1_COLUMN_NOTFOUND: Column not found (${column})`, { cause: new Error('Column not found') });
    }
    return column === undefined ? row : row[column];
  }
}

class Session {
  #address; #token;
  constructor(address, token = null) { this.#address = address; this.#token = token; }
  prepare(sql) { return new Statement(this, sql); }
  async batch(statements) { return (await this.send('query', statements)).map(withObjects); }
  getBookmark() { return constraints.includes(this.#token) ? null : this.#token; }
  async post(operation, body) {
    const session = this.#token === null ? {} : { [tokenHeader]: this.#token };
    const response = await this.#address(operation, session, body);
    const bookmark = response.headers.get(tokenHeader);
    // Answers may come in another order than requests: the newest bookmark counts.
    if (bookmark && this.#token !== null && !(this.getBookmark()?.localeCompare(bookmark) > 0)) this.#token = bookmark;
    return response;
  }
  async send(operation, statements, prefix = 'D1_ERROR', describe = (text) => text) {
    const response = await this.post(operation, JSON.stringify(statements.map(({ sql, params }) => ({ sql, params }))));
    const text = await response.text();
    let answer;
    try { answer = JSON.parse(text); } catch { answer = { error: `Failed to parse body as JSON, got: ${text}` }; }
    return Array.isArray(answer) ? answer : fail(prefix, describe(answer.error ?? `HTTP ${response.status}: ${text}`));
  }
}

class Database extends Session {
  #address;
  constructor(address) { super(address); this.#address = address; }
  withSession(start) { return new Session(this.#address, start?.trim() || 'first-unconstrained'); }
  async exec(text) {
    const lines = text.trim().split('\n');
    const results = await this.send('execute', lines.map((sql) => ({ sql })), 'D1_EXEC_ERROR',
      (error) => `Error in line 1: ${lines[0]}: ${error}`);
    return { count: results.length, duration: results.reduce((sum, { meta }) => sum + meta.duration, 0) };
  }
  async dump() {
    const response = await this.post('dump');
    return response.ok ? response.arrayBuffer() : fail('D1_DUMP_ERROR', (await response.json()).error);
  }
}

/**
 * The databases of a token's account. `fetcher` is a service binding to the server, or `globalThis` with `url` and `token`.
 * With `createOnUse` a database that does not exist is created by its first use; without, the server's own option decides.
 */
export function shoal(fetcher, { url = 'http://shoal', token, createOnUse } = {}) {
  const headers = { 'content-type': 'application/json' };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (createOnUse !== undefined) headers['x-shoal-create-on-use'] = String(createOnUse);
  return {
    database: (nameOrId) => new Database((operation, session, body) => fetcher.fetch(
      `${url}/binding/${encodeURIComponent(nameOrId)}/${operation}?resultsFormat=ROWS_AND_COLUMNS`,
      { method: 'POST', headers: { ...headers, ...session }, body })),
  };
}
