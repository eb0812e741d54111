// Plain HTTP calls to the server's D1 API.
import assert from 'node:assert/strict';

/** Far beyond any answer's time: a request that takes longer hangs. */
const answerTimeoutMs = 120_000;

/**
 * Calls `path` under `/client/v4/accounts/{account}/d1`. A string or byte body goes out as it is, anything else as JSON.
 * Answers `{status, headers, text, json}`; `json` is undefined when the body is not JSON.
 */
export async function call(server, method, path, body, { headers = {}, token = server.token, root } = {}) {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(root === undefined
    ? `${server.base}/accounts/${server.account}/d1${path}`
    : `${server.origin}${root}`, {
    method,
    signal: AbortSignal.timeout(answerTimeoutMs),
    body: body === undefined || raw ? body : JSON.stringify(body),
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  });
  const text = await response.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** Like `call`, but fails unless the answer is a success; answers the envelope's `result`. */
export async function callOk(server, method, path, body, options) {
  const answer = await call(server, method, path, body, options);
  assert.equal(answer.status, 200, `${method} ${path}: ${answer.text}`);
  assert.equal(answer.json?.success, true, answer.text);
  return answer.json.result;
}

/** Creates a database and answers its id. */
export async function createDatabase(server, name) {
  return (await callOk(server, 'POST', '/database', { name })).uuid;
}

/** Runs SQL and answers the rows of its last statement. */
export async function rows(server, id, sql, params) {
  return (await callOk(server, 'POST', `/database/${id}/query`, { sql, params })).at(-1).results;
}
