// Bad input: every case names the status, the code and the message the client must see, and the server goes on.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { call, callOk, createDatabase, rows } from './lib/api.mjs';
import { assertEnvelope } from './lib/envelope.mjs';
import { useServer } from './lib/server.mjs';

const malformed = { status: 400, code: 7400, message: /^(The request is malformed: \S|Invalid property: \S)/ };
const missing = { status: 404, code: 7404, message: /could not be found/ };
const noRoute = { status: 404, code: 7003, message: /^Could not route to \/client\/v4\/.*, perhaps your object identifier is invalid\?$/ };
const noMethod = { status: 405, code: 10405, message: /\S/ };
const sqlError = (message) => ({ status: 400, code: 7500, message });
const denied = sqlError('not authorized: SQLITE_AUTH');
const noTransaction = sqlError(/^To execute a transaction, please use the state\.storage\.transaction\(\) or state\.storage\.transactionSync\(\) APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT statements\. The JavaScript API is safer because/);
const tooBig = sqlError('string or blob too big: SQLITE_TOOBIG');
const bindings = sqlError('Wrong number of parameter bindings for SQL query.');
const noToken = { status: [400, 401, 403], code: [9106, 10000], message: /\S/ };
const wrongToken = { status: [401, 403], code: 10000, message: 'Authentication error' };
/** Harmless oddities: the server may take them or refuse them, but not in any other way. */
const eitherWay = { status: [200, 400], code: [7400, 7500], message: /\S/ };

const unknownId = '00000000-0000-4000-8000-000000000000';
const bytes = (...parts) => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
const constraint = (text, detail) => sqlError(`${text}: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_${detail})`);

/** Bodies that are not a JSON object at all; each is sent to every path that takes a body. */
const notAnObject = {
  'an empty body': '',
  'white space only': ' \r\n\t',
  'a truncated object': '{"sql":"SELECT 1"',
  'a truncated string': '{"sql":"SELECT',
  'a truncated literal': '{"sql":nul',
  'two values': '{"sql":"SELECT 1"}{"sql":"SELECT 2"}',
  'trailing garbage': '{"sql":"SELECT 1"} x',
  'a trailing comma': '{"sql":"SELECT 1",}',
  'single quotes': "{'sql':'SELECT 1'}",
  'a bare word': 'sql',
  'plain SQL': 'SELECT 1',
  'a form': 'sql=SELECT+1',
  'XML': '<sql>SELECT 1</sql>',
  'a comment': '{"sql":"SELECT 1"/* here */}',
  'an array': '[{"sql":"SELECT 1"}]',
  'an empty array': '[]',
  'a string': '"SELECT 1"',
  'a number': '42',
  'null': 'null',
  'true': 'true',
  'NaN': '{"sql":"SELECT ?","params":[NaN]}',
  'Infinity': '{"sql":"SELECT ?","params":[Infinity]}',
  'a hexadecimal number': '{"sql":"SELECT ?","params":[0x10]}',
  'a leading zero': '{"sql":"SELECT ?","params":[01]}',
  'a raw control character in a string': '{"sql":"SELECT \u0001"}',
  'a bad escape': '{"sql":"SELECT \\x41"}',
  'a bad unicode escape': '{"sql":"SELECT \\u00g0"}',
  'invalid UTF-8': bytes('{"sql":"SELECT \'', [0xff, 0xfe], '\'"}'),
  'UTF-16': Buffer.from('\ufeff{"sql":"SELECT 1"}', 'utf16le'),
  'NUL bytes': Buffer.alloc(64),
  'arrays nested 5,000 deep': '['.repeat(5000) + ']'.repeat(5000),
  'objects nested 5,000 deep': '{"a":'.repeat(5000) + '1' + '}'.repeat(5000),
};

const query = (body, expected, name) => ({ name, method: 'POST', path: '/database/{id}/query', body, ...expected });
const sql = (text, expected, ...params) => ({
  name: text.length > 90 ? `${text.slice(0, 90)}… (${text.length})` : text,
  method: 'POST',
  path: '/database/{id}/query',
  body: params.length > 0 ? { sql: text, params } : { sql: text },
  ...expected,
});

const groups = {
  'bodies that are no JSON object': Object.entries(notAnObject).flatMap(([name, body]) => [
    { name: `${name} to /query`, method: 'POST', path: '/database/{id}/query', body, ...malformed },
    { name: `${name} to /raw`, method: 'POST', path: '/database/{id}/raw', body, ...malformed },
    { name: `${name} to create`, method: 'POST', path: '/database', body, ...malformed },
  ]),

  'content types': [
    ['text/plain', 'SELECT 1'],
    ['application/x-www-form-urlencoded', 'sql=SELECT%201'],
    ['application/sql', 'SELECT 1'],
    ['multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="sql"\r\n\r\nSELECT 1\r\n--x--\r\n'],
    ['application/octet-stream', Buffer.from([0, 1, 2, 3])],
    ['not a content type', '{'],
  ].map(([type, body]) => ({
    name: type, method: 'POST', path: '/database/{id}/query', body, headers: { 'content-type': type }, ...malformed,
  })),

  'query bodies of the wrong shape': [
    query({}, malformed, 'no sql and no batch'),
    query({ SQL: 'SELECT 1' }, malformed, 'SQL in capitals'),
    query({ sql: null }, malformed, 'sql null'),
    query({ sql: 1 }, malformed, 'sql a number'),
    query({ sql: true }, malformed, 'sql a boolean'),
    query({ sql: ['SELECT 1'] }, malformed, 'sql an array'),
    query({ sql: { text: 'SELECT 1' } }, malformed, 'sql an object'),
    query({ sql: 'SELECT ?', params: 'x' }, malformed, 'params a string'),
    query({ sql: 'SELECT ?', params: 1 }, malformed, 'params a number'),
    query({ sql: 'SELECT ?', params: { 1: 'x' } }, malformed, 'params an object'),
    query({ sql: 'SELECT ?', params: [{}] }, malformed, 'a parameter that is an object'),
    query({ sql: 'SELECT ?', params: [[[1]]] }, malformed, 'a parameter that is a nested array'),
    query({ sql: 'SELECT ?', params: [['a']] }, malformed, 'a parameter that is an array of strings'),
    query({ sql: 'SELECT ?', params: [[null]] }, malformed, 'a parameter that is an array of null'),
    query({ batch: {} }, malformed, 'batch an object'),
    query({ batch: 'SELECT 1' }, malformed, 'batch a string'),
    query({ batch: ['SELECT 1'] }, malformed, 'batch of strings'),
    query({ batch: [null] }, malformed, 'batch of null'),
    query({ batch: [[{ sql: 'SELECT 1' }]] }, malformed, 'batch of arrays'),
    query({ batch: [{}] }, malformed, 'batch item without sql'),
    query({ batch: [{ sql: 'SELECT 1' }, { sql: 2 }] }, malformed, 'batch item with a number as sql'),
    query({ batch: [{ sql: 'SELECT ?', params: 'x' }] }, malformed, 'batch item with params a string'),
    query({ batch: [] }, { status: 400, code: [7400, 7500], message: /\S/ }, 'an empty batch'),
    query('{"sql":"SELECT 1","sql":"SELECT 2"}', eitherWay, 'a doubled member'),
    query(bytes([0xef, 0xbb, 0xbf], '{"sql":"SELECT 1"}'), eitherWay, 'a byte order mark'),
    query('{"sql":"SELECT ?","params":[1e400]}', eitherWay, 'a number beyond a double'),
    query(`{"sql":"SELECT ?","params":[${'9'.repeat(5000)}]}`, eitherWay, 'a number of 5,000 digits'),
    query('{"sql":"SELECT ?","params":["\\ud800"]}', eitherWay, 'a lone surrogate in a parameter'),
    query('{"sql":"SELECT \'\\udc00\'"}', eitherWay, 'a lone surrogate in sql'),
    query('{"sql":"SELECT 1\\u0000; SELECT 2"}', eitherWay, 'a NUL in sql'),
    query('{"sql":"SELECT ?","params":["a\\u0000b"]}', eitherWay, 'a NUL in a parameter'),
    query({ sql: 'SELECT ?', params: [[256]] }, eitherWay, 'a byte beyond 255'),
    query({ sql: 'SELECT ?', params: [[-1]] }, eitherWay, 'a byte below 0'),
    query({ sql: 'SELECT ?', params: [[1.5]] }, eitherWay, 'a byte that is no integer'),
    query({ sql: 'SELECT ?', params: [[1e300]] }, eitherWay, 'a byte beyond an integer'),
    query({ sql: 'SELECT 1', batch: [{ sql: 'SELECT 1' }] }, eitherWay, 'sql and batch together'),
    query({ sql: 'SELECT 1', nonsense: { deep: [1] } }, eitherWay, 'an unknown member'),
  ],

  'parameter counts': [
    sql('SELECT ?', bindings),
    query({ sql: 'SELECT ?', params: [] }, bindings, 'one marker, no parameter'),
    query({ sql: 'SELECT ?', params: null }, bindings, 'one marker, params null'),
    sql('SELECT ?, ?', bindings, 1),
    sql('SELECT ?', bindings, 1, 2),
    sql('SELECT 1', bindings, 1),
    sql('SELECT ?3', bindings, 1),
    sql('SELECT :a, :b', bindings, 1),
    sql('INSERT INTO t(a) VALUES (?)', bindings),
    sql('SELECT ?; SELECT ?', sqlError('When executing multiple SQL statements in a single call, only the last statement can have parameters.'), 1, 2),
    sql(`SELECT ${Array(101).fill('?').join()}`, sqlError(/^(too many SQL variables at offset \d+|too many columns in result set): SQLITE_ERROR$/), ...Array(101).fill(1)),
    sql(`SELECT 1 WHERE 1 IN (${Array(101).fill('?').join()})`, sqlError(/^too many SQL variables at offset \d+: SQLITE_ERROR$/), ...Array(101).fill(1)),
    sql('SELECT ?101', sqlError('variable number must be between ?1 and ?100 at offset 7: SQLITE_ERROR'), ...Array(101).fill(1)),
    sql('SELECT ?0', sqlError('variable number must be between ?1 and ?100 at offset 7: SQLITE_ERROR'), 1),
    query({ batch: [{ sql: 'SELECT ?', params: [1] }, { sql: 'SELECT ?' }] }, bindings, 'the second item of a batch lacks one'),
  ],

  'sizes': [
    sql(`SELECT '${'x'.repeat(100_001 - 9)}'`, sqlError('statement too long: SQLITE_TOOBIG')),
    sql(`SELECT '${'x'.repeat(1_000_000)}'`, sqlError('statement too long: SQLITE_TOOBIG')),
    sql(`SELECT '${'é'.repeat(50_001)}'`, sqlError('statement too long: SQLITE_TOOBIG')),
    query({ sql: 'SELECT length(?)', params: ['x'.repeat(2_000_001)] }, tooBig, 'a text parameter of 2,000,001 bytes'),
    query({ sql: 'INSERT INTO t(a) VALUES (?)', params: ['é'.repeat(1_000_001)] }, tooBig, 'a text parameter of 2,000,002 bytes in 1,000,001 characters'),
    query({ sql: 'SELECT length(?)', params: [Array(2_000_001).fill(7)] }, tooBig, 'a blob parameter of 2,000,001 bytes'),
    sql('SELECT zeroblob(2000001)', tooBig),
    sql('SELECT length(zeroblob(2147483647))', tooBig),
    sql("SELECT length(replace(hex(zeroblob(900000)), '0', 'xx'))", tooBig),
    sql('INSERT INTO t(a) VALUES (zeroblob(2000001))', tooBig),
    sql('INSERT INTO t(a, u) VALUES (zeroblob(1500000), zeroblob(1500000))', tooBig),
    sql(`SELECT ${Array(101).fill('1').join()}`, sqlError('too many columns in result set: SQLITE_ERROR')),
    sql(`CREATE TABLE wide(${Array.from({ length: 101 }, (_, n) => `c${n}`).join()})`, sqlError('too many columns on wide: SQLITE_ERROR')),
    sql(Array(6).fill('SELECT 1').join(' UNION ALL '), sqlError('too many terms in compound SELECT: SQLITE_ERROR')),
    sql(`SELECT ${Array(102).fill('1').join('+')}`, sqlError('Expression tree is too large (maximum depth 100): SQLITE_ERROR')),
    sql(`SELECT 'x' LIKE '${'a'.repeat(51)}'`, sqlError('LIKE or GLOB pattern too complex: SQLITE_ERROR')),
    sql(`SELECT 'x' GLOB '${'é'.repeat(26)}'`, sqlError('LIKE or GLOB pattern too complex: SQLITE_ERROR')),
    sql(`SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}`, sqlError(/: SQLITE_ERROR$/)),
  ],

  'ids, routes and methods': [
    ...['query', 'raw'].map((path) => ({ name: `unknown id: ${path}`, method: 'POST', path: `/database/${unknownId}/${path}`, body: { sql: 'SELECT 1' }, ...missing })),
    { name: 'unknown id: get', method: 'GET', path: `/database/${unknownId}`, ...missing },
    { name: 'unknown id: delete', method: 'DELETE', path: `/database/${unknownId}`, ...missing },
    { name: 'unknown id: put', method: 'PUT', path: `/database/${unknownId}`, body: { read_replication: { mode: 'auto' } }, ...missing },
    { name: 'unknown id: patch', method: 'PATCH', path: `/database/${unknownId}`, body: {}, ...missing },
    { name: 'unknown name: get', method: 'GET', path: '/database/no-such-name', ...missing },
    { name: 'a deleted id', method: 'POST', path: '/database/{deleted}/query', body: { sql: 'SELECT 1' }, ...missing },
    ...['not-a-uuid', '123', `${unknownId}0`, unknownId.slice(1), unknownId.replaceAll('0', 'g'), '..%2f..%2fetc%2fpasswd', 'a'.repeat(3000)].map((id) => ({
      name: `malformed id: ${id.slice(0, 40)}`, method: 'POST', path: `/database/${id}/query`, body: { sql: 'SELECT 1' },
      status: [400, 404], code: [7400, 7404, 7003], message: /\S/,
    })),
    { name: 'unknown route under a database', method: 'POST', path: '/database/{id}/nope', body: {}, ...noRoute },
    { name: 'unknown route under d1', method: 'GET', path: '/nope', ...noRoute },
    { name: 'a path that goes on', method: 'POST', path: '/database/{id}/query/more', body: { sql: 'SELECT 1' }, ...noRoute },
    { name: 'unknown route under the account', method: 'GET', root: '/client/v4/accounts/acc/workers', ...noRoute },
    { name: 'unknown route under the API', method: 'GET', root: '/client/v4/nope', ...noRoute },
    { name: 'removed route: backup', method: 'GET', path: '/database/{id}/backup', ...noRoute },
    ...['GET', 'PUT', 'PATCH', 'DELETE'].map((method) => ({ name: `${method} query`, method, path: '/database/{id}/query', ...noMethod })),
    { name: 'GET raw', method: 'GET', path: '/database/{id}/raw', ...noMethod },
    { name: 'POST database/{id}', method: 'POST', path: '/database/{id}', body: {}, ...noMethod },
    ...['PUT', 'PATCH', 'DELETE'].map((method) => ({ name: `${method} database`, method, path: '/database', ...noMethod })),
  ],

  'tokens': [
    { name: 'no header', token: null, ...noToken },
    { name: 'a wrong token', token: 'wrong', ...wrongToken },
    { name: 'the token and more', token: 'compat-test-token-0123456789x', ...wrongToken },
    { name: 'the beginning of the token', token: 'compat-test-token-012345678', ...wrongToken },
    { name: 'the token in capitals', token: 'COMPAT-TEST-TOKEN-0123456789', ...wrongToken },
    { name: 'a token of 10,000 characters', token: 'x'.repeat(10_000), status: [401, 403], code: 10000, message: 'Authentication error' },
    ...[
      ['an empty bearer', 'Bearer '], ['a bearer without a space', 'Bearer'], ['basic', 'Basic dXNlcjpwYXNz'],
      ['the token alone', 'compat-test-token-0123456789'], ['another scheme', 'Token compat-test-token-0123456789'],
      ['two tokens', 'Bearer compat-test-token-0123456789 compat-test-token-0123456789'], ['an empty header', ''],
    ].map(([name, authorization]) => ({
      name, token: null, headers: { authorization }, status: [400, 401, 403], code: [6003, 9106, 10000], message: /\S/,
    })),
    { name: 'a wrong key and mail', token: null, headers: { 'x-auth-key': 'wrong', 'x-auth-email': 'a@example.com' }, status: [400, 401, 403], code: [9103, 9106, 10000], message: /\S/ },
    { name: 'a wrong token to create', method: 'POST', path: '/database', body: { name: 'bad-token' }, token: 'wrong', ...wrongToken },
    { name: 'a wrong token to query', method: 'POST', path: '/database/{id}/query', body: { sql: 'DROP TABLE t' }, token: 'wrong', ...wrongToken },
    { name: 'a wrong token to delete', method: 'DELETE', path: '/database/{id}', token: 'wrong', ...wrongToken },
    { name: 'a wrong token with a broken body', method: 'POST', path: '/database/{id}/query', body: '{', token: 'wrong', ...wrongToken },
    { name: 'a wrong token with an unknown id', method: 'GET', path: `/database/${unknownId}`, token: 'wrong', ...wrongToken },
  ].map((item) => ({ method: 'GET', path: '/database', ...item })),

  'create': [
    [{}, 'no name'], [{ name: null }, 'null'], [{ name: 1 }, 'a number'], [{ name: true }, 'a boolean'],
    [{ name: ['x'] }, 'an array'], [{ name: { a: 1 } }, 'an object'], [{ name: '' }, 'empty'], [{ name: ' ' }, 'a space'],
    [{ name: 'with space' }, 'with a space'], [{ name: 'a/b' }, 'a slash'], [{ name: '../up' }, 'dots and a slash'],
    [{ name: 'a\u0000b' }, 'a NUL'], [{ name: 'a\nb' }, 'a line end'], [{ name: 'a;b' }, 'a semicolon'], [{ name: "a'b" }, 'a quote'],
    [{ name: '-leading' }, 'a leading hyphen'], [{ name: 'naïve' }, 'a letter beyond ASCII'], [{ name: 'a.b' }, 'a dot'],
    [{ name: 'x'.repeat(5000) }, '5,000 characters'],
    [{ name: 'bad-hint', primary_location_hint: 'mars' }, 'an unknown location'],
    [{ name: 'bad-hint-type', primary_location_hint: 1 }, 'a location that is a number'],
    [{ name: 'bad-jurisdiction', jurisdiction: 'moon' }, 'an unknown jurisdiction'],
    [{ name: 'bad-replication', read_replication: { mode: 'sometimes' } }, 'an unknown replication mode'],
    [{ name: 'bad-replication-type', read_replication: 'auto' }, 'replication that is a string'],
  ].map(([body, name]) => ({ name, method: 'POST', path: '/database', body, ...malformed })).concat([
    { name: 'a taken name', method: 'POST', path: '/database', body: { name: 'bad-input' }, status: 400, code: 7502, message: /already exists/ },
    { name: 'a taken name with other members', method: 'POST', path: '/database', body: { name: 'bad-input', primary_location_hint: 'weur' }, status: 400, code: 7502, message: /already exists/ },
  ]),

  'update': ['PUT', 'PATCH'].flatMap((method) => [
    ['{', 'truncated'], ['[]', 'an array'], [{ read_replication: 1 }, 'a number'], [{ read_replication: 'auto' }, 'a string'],
    [{ read_replication: { mode: 'always' } }, 'an unknown mode'], [{ read_replication: { mode: 1 } }, 'a mode that is a number'],
    [{ read_replication: {} }, 'no mode'],
  ].map(([body, name]) => ({ name: `${method}: ${name}`, method, path: '/database/{id}', body, ...malformed }))).concat([
    { name: 'PUT: nothing', method: 'PUT', path: '/database/{id}', body: {}, ...malformed },
  ]),

  'list and get': [
    ...['page=0', 'page=-1', 'page=x', 'page=1.5', 'page=99999999999999999999', 'per_page=0', 'per_page=-5', 'per_page=x',
      'per_page=10001', 'per_page=1e9', 'per_page=99999999999999999999'].map((text) => ({ name: text, method: 'GET', path: `/database?${text}`, ...malformed })),
    ...['fields=nope', 'fields=uuid%2Cnope', 'fields=uuid&fields=nope', 'fields=%27'].map((text) => ({ name: text, method: 'GET', path: `/database/{id}?${text}`, ...malformed })),
  ],

  'forbidden SQL': [
    ...['BEGIN', 'begin immediate', 'COMMIT', 'END TRANSACTION', 'ROLLBACK', 'SAVEPOINT s', 'RELEASE s', 'ROLLBACK TO s',
      'SELECT 1; BEGIN; SELECT 2', '/* hidden */ COMMIT'].map((text) => sql(text, noTransaction)),
    ...["ATTACH ':memory:' AS x", "ATTACH DATABASE '/etc/passwd' AS x", 'DETACH x', 'DETACH DATABASE main',
      'CREATE TEMP TABLE x(a)', 'CREATE TEMPORARY VIEW x AS SELECT 1', 'CREATE TABLE temp.x(a)',
      'CREATE VIRTUAL TABLE x USING fts4(a)', 'CREATE VIRTUAL TABLE x USING geopoly(a)',
      'CREATE TABLE _cf_x(a)', 'CREATE TABLE _CF_KV(a)', 'CREATE VIEW _cf_v AS SELECT 1', 'ALTER TABLE t RENAME TO _cf_t',
      'PRAGMA journal_mode=delete', 'PRAGMA writable_schema=on', 'PRAGMA synchronous=off', 'PRAGMA user_version=1',
      'PRAGMA integrity_check', 'PRAGMA page_size=512', 'PRAGMA locking_mode=exclusive', 'PRAGMA wal_checkpoint(truncate)',
      'PRAGMA mmap_size=1000000000', 'PRAGMA temp_store_directory=\'/tmp\'', 'PRAGMA database_list', 'PRAGMA foreign_keys=2',
      "PRAGMA table_info('_cf_KV')", 'SELECT * FROM pragma_database_list', 'SELECT 1; PRAGMA journal_mode=off',
    ].map((text) => sql(text, denied)),
    sql('VACUUM', sqlError('cannot VACUUM from within a transaction: SQLITE_ERROR')),
    sql("VACUUM INTO '/tmp/shoal-vacuum.db'", sqlError(/^(cannot VACUUM from within a transaction: SQLITE_ERROR|not authorized: SQLITE_AUTH)$/)),
    sql("SELECT load_extension('/tmp/x.so')", sqlError('not authorized: SQLITE_ERROR')),
    sql("SELECT readfile('/etc/passwd')", sqlError('no such function: readfile at offset 7: SQLITE_ERROR')),
    sql("SELECT writefile('/tmp/x', 'y')", sqlError('no such function: writefile at offset 7: SQLITE_ERROR')),
    sql("SELECT fts3_tokenizer('x')", sqlError(/fts3_tokenizer/)),
    sql('CREATE TABLE sqlite_x(a)', sqlError('object name reserved for internal use: sqlite_x: SQLITE_ERROR')),
    sql("UPDATE sqlite_master SET sql = ''", sqlError('table sqlite_master may not be modified: SQLITE_ERROR')),
    sql('DELETE FROM sqlite_schema', sqlError('table sqlite_master may not be modified: SQLITE_ERROR')),
    sql('DROP TABLE sqlite_master', sqlError('table sqlite_master may not be dropped: SQLITE_ERROR')),
  ],

  'SQL errors': [
    sql('', sqlError('No SQL statements detected.')),
    sql('   \n', sqlError('No SQL statements detected.')),
    sql('-- nothing', sqlError('No SQL statements detected.')),
    sql(';', sqlError('SQL code did not contain a statement.')),
    sql('SELEC 1', sqlError('near "SELEC": syntax error at offset 0: SQLITE_ERROR')),
    sql('SELECT', sqlError('incomplete input: SQLITE_ERROR')),
    sql("SELECT 'abc", sqlError('unrecognized token: "\'abc" at offset 7: SQLITE_ERROR')),
    sql('SELECT nope', sqlError('no such column: nope at offset 7: SQLITE_ERROR')),
    sql('SELECT * FROM nope', sqlError('no such table: nope: SQLITE_ERROR')),
    sql('SELECT nope(1)', sqlError('no such function: nope at offset 7: SQLITE_ERROR')),
    sql('CREATE TABLE t(a)', sqlError('table t already exists at offset 13: SQLITE_ERROR')),
    sql('INSERT INTO t VALUES (1)', sqlError('table t has 5 columns but 1 values were supplied: SQLITE_ERROR')),
    sql('INSERT INTO t(zz) VALUES (1)', sqlError('table t has no column named zz: SQLITE_ERROR')),
    sql("INSERT INTO t(u, a) VALUES ('taken', 1)", constraint('UNIQUE constraint failed: t.u', 'UNIQUE')),
    sql('INSERT INTO t(id, a) VALUES (1, 1)', constraint('UNIQUE constraint failed: t.id', 'PRIMARYKEY')),
    sql('INSERT INTO t(a) VALUES (NULL)', constraint('NOT NULL constraint failed: t.a', 'NOTNULL')),
    sql('INSERT INTO t(a, k) VALUES (1, -1)', constraint('CHECK constraint failed: k>0', 'CHECK')),
    sql('INSERT INTO t(a, p) VALUES (1, 99)', constraint('FOREIGN KEY constraint failed', 'FOREIGNKEY')),
    sql("INSERT INTO t(id, a) VALUES ('x', 1)", sqlError('datatype mismatch: SQLITE_MISMATCH')),
    sql("INSERT INTO st VALUES ('x')", constraint('cannot store TEXT value in INT column st.a', 'DATATYPE')),
    sql('INSERT INTO g(b) VALUES (1)', sqlError('cannot INSERT into generated column "b": SQLITE_ERROR')),
    sql("SELECT json('{')", sqlError('malformed JSON: SQLITE_ERROR')),
    sql('SELECT abs(-9223372036854775808)', sqlError('integer overflow: SQLITE_ERROR')),
    sql('SELECT 1 LIMIT 1.5', sqlError('datatype mismatch: SQLITE_MISMATCH')),
    sql('SELECT id FROM t, t AS t2', sqlError('ambiguous column name: id at offset 7: SQLITE_ERROR')),
    query({ sql: 'SELECT id FROM t LIMIT ?', params: ['x'] }, sqlError('datatype mismatch: SQLITE_MISMATCH'), 'LIMIT with a text'),
    query({ sql: "INSERT INTO t(a) VALUES (5); SELEC" }, sqlError('near "SELEC": syntax error at offset 0: SQLITE_ERROR'), 'a second statement that is wrong'),
    query({ batch: [{ sql: 'INSERT INTO t(a) VALUES (6)' }, { sql: 'INSERT INTO t(a) VALUES (NULL)' }] }, constraint('NOT NULL constraint failed: t.a', 'NOTNULL'), 'a batch whose second item fails'),
    sql('INSERT OR ROLLBACK INTO t(u, a) VALUES (\'taken\', 1)', constraint('UNIQUE constraint failed: t.u', 'UNIQUE')),
    sql('INSERT INTO deferred VALUES (99)', constraint('FOREIGN KEY constraint failed', 'FOREIGNKEY')),
  ],
};

const setup = [
  'CREATE TABLE p(id INTEGER PRIMARY KEY)',
  'CREATE TABLE t(id INTEGER PRIMARY KEY, a NOT NULL, u UNIQUE, k CHECK(k>0), p REFERENCES p(id))',
  'CREATE TABLE st(a INT) STRICT',
  'CREATE TABLE g(a, b AS (a))',
  'CREATE TABLE deferred(p REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)',
  "INSERT INTO t(id, a, u) VALUES (1, 'kept', 'taken')",
].join(';');

describe('bad input', () => {
  const server = useServer();
  let id;
  let deleted;

  before(async () => {
    id = await createDatabase(server, 'bad-input');
    deleted = await createDatabase(server, 'bad-input-deleted');
    await callOk(server, 'DELETE', `/database/${deleted}`);
    await rows(server, id, setup);
  });

  const oneOf = (expected, actual, what, text) => assert.ok([expected].flat().includes(actual), `${what} ${actual}, expected ${expected}: ${text}`);

  test('there are at least 160 cases', () => {
    assert.ok(Object.values(groups).flat().length >= 160);
  });

  for (const [group, cases] of Object.entries(groups)) {
    describe(group, () => {
      for (const item of cases) {
        test(item.name, async () => {
          const answer = await call(
            server, item.method, item.path?.replace('{id}', id).replace('{deleted}', deleted), item.body,
            { headers: item.headers, token: item.token, root: item.root });
          const text = answer.text.slice(0, 500);
          assertEnvelope(answer);
          oneOf(item.status, answer.status, 'status', text);
          if (answer.status === 200) {
            return;
          }
          oneOf(item.code, answer.json.errors[0].code, 'code', text);
          const { message } = answer.json.errors[0];
          if (item.message instanceof RegExp) {
            assert.match(message, item.message);
          } else {
            assert.equal(message, item.message);
          }
        });
      }

      test('afterwards the server is healthy and the data is as it was', async () => {
        assert.equal((await fetch(`${server.origin}/health`)).status, 200);
        assert.deepEqual(
          await rows(server, id, "SELECT id, substr(a, 1, 20) AS a, typeof(a) AS t FROM t LIMIT 5"),
          [{ id: 1, a: 'kept', t: 'text' }]);
        assert.deepEqual(
          await rows(server, id, "SELECT group_concat(name) AS names FROM (SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name)"),
          [{ names: 'deferred,g,p,st,t' }]);
      });
    });
  }

  test('failing requests do not touch the good ones beside them', async () => {
    const own = await createDatabase(server, 'bad-neighbours');
    await rows(server, own, [
      'CREATE TABLE parent(id INTEGER PRIMARY KEY)',
      'CREATE TABLE t(n INTEGER PRIMARY KEY, u UNIQUE)',
      'CREATE TABLE d(p REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)',
      "CREATE TRIGGER tr BEFORE INSERT ON t WHEN new.u = 'rollback' BEGIN SELECT RAISE(ROLLBACK, 'rolled back'); END",
      "INSERT INTO t VALUES (-1, 'taken')",
    ].join(';'));
    const bad = [
      "INSERT OR ROLLBACK INTO t(u) VALUES ('taken')",
      "INSERT INTO t(u) VALUES ('rollback')",
      'INSERT INTO d VALUES (99)',
      "INSERT OR FAIL INTO t(u) VALUES ('half'), ('taken')",
      "INSERT INTO t(u) VALUES ('half'); SELEC",
      'ROLLBACK',
      'COMMIT',
    ];
    const count = 210;
    const answers = await Promise.all(Array.from({ length: count }, (_, n) => call(
      server, 'POST', `/database/${own}/query`,
      n % 2 === 0 ? { sql: 'INSERT INTO t VALUES (?, ?) RETURNING n', params: [n, `good ${n}`] } : { sql: bad[n % bad.length] })));
    for (const [n, answer] of answers.entries()) {
      assert.equal(answer.status, n % 2 === 0 ? 200 : 400, answer.text);
    }
    const left = await rows(server, own, 'SELECT n FROM t ORDER BY n');
    assert.deepEqual(left.map((row) => row.n), [-1, ...Array.from({ length: count / 2 }, (_, n) => 2 * n)]);
    assert.deepEqual(await rows(server, own, 'SELECT count(*) AS n FROM d'), [{ n: 0 }]);
  });
});

describe('runaway queries', () => {
  const server = useServer({ args: ['--query-timeout', '3s'] });
  const forever = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)';
  let id;

  before(async () => {
    id = await createDatabase(server, 'runaway');
    await rows(server, id, "CREATE TABLE t(a); INSERT INTO t VALUES ('kept')");
  });

  for (const [name, body] of [
    ['an endless read', { sql: `${forever} SELECT count(*) FROM n` }],
    ['an endless write', { sql: `INSERT INTO t ${forever} SELECT 'more' FROM n WHERE i % 1000000 = 0` }],
    ['an endless join', { sql: `${forever}, m AS (SELECT i FROM n LIMIT 100000) SELECT count(*) FROM m a, m b, m c` }],
    ['an endless last statement', { sql: `DELETE FROM t; ${forever} SELECT max(i) FROM n` }],
    ['an endless item of a batch', { batch: [{ sql: "INSERT INTO t VALUES ('more')" }, { sql: `${forever} SELECT max(i) FROM n` }] }],
  ]) {
    test(`${name} is stopped and changes nothing`, async () => {
      const answer = await call(server, 'POST', `/database/${id}/query`, body);
      assertEnvelope(answer);
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json.errors[0].code, 7500);
      assert.match(answer.json.errors[0].message, /exceeded|timeout|time limit|timed out/i);
      assert.deepEqual(await rows(server, id, 'SELECT a FROM t'), [{ a: 'kept' }]);
      assert.equal((await fetch(`${server.origin}/health`)).status, 200);
    });
  }

  test('another database answers meanwhile', async () => {
    const other = await createDatabase(server, 'runaway-neighbour');
    const running = call(server, 'POST', `/database/${id}/query`, { sql: `${forever} SELECT count(*) FROM n` });
    assert.deepEqual(await rows(server, other, 'SELECT 1 AS one'), [{ one: 1 }]);
    assert.equal((await running).status, 400);
  });
});
