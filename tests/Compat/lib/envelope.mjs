// The shape every answer of the API has.
import assert from 'node:assert/strict';

/** Fails unless the answer is a JSON envelope whose `success` agrees with its status and whose errors are complete. */
export function assertEnvelope({ status, headers, json, text }) {
  const shown = `HTTP ${status}: ${text.slice(0, 500)}`;
  assert.match(headers.get('content-type') ?? '', /^application\/json\b/, shown);
  assert.ok(json !== null && typeof json === 'object' && !Array.isArray(json), shown);
  assert.equal(json.success, status === 200, shown);
  assert.ok(Array.isArray(json.errors), shown);
  assert.ok(Array.isArray(json.messages), shown);
  assert.ok('result' in json, shown);
  if (status === 200) {
    assert.equal(json.errors.length, 0, shown);
    return;
  }
  assert.ok(json.errors.length > 0, shown);
  for (const error of json.errors) {
    assert.ok(Number.isInteger(error.code), shown);
    assert.ok(typeof error.message === 'string' && error.message.length > 0, shown);
  }
}
