// The same statements on Miniflare's D1 simulator and on Shoal must give the same rows, errors and meta.
// ORACLE_ONLY=1 runs the simulator against itself: shows that the corpus is deterministic, needs no server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call, createDatabase, rows } from './lib/api.mjs';
import { startOracle } from './lib/oracle.mjs';
import { useServer } from './lib/server.mjs';
import { scenarios } from './differential/corpus.mjs';
import { compareScenario, describeDifferences, runOnOracle, runOnShoal, statementCount } from './differential/runner.mjs';
import { tolerated } from './differential/tolerated.mjs';

const oracleOnly = process.env.ORACLE_ONLY === '1';
const statements = scenarios.flatMap((scenario) => scenario.requests)
  .reduce((sum, request) => sum + statementCount(request), 0);

describe('differential', () => {
  const server = oracleOnly ? undefined : useServer();
  const times = { oracle: 0, shoal: 0 };
  let oracle;

  before(async () => {
    oracle = await startOracle();
  });
  after(async () => {
    await oracle?.stop();
    console.log(`differential: ${scenarios.length} scenarios, ${statements} statements; `
      + `oracle ${Math.round(times.oracle)} ms, ${oracleOnly ? 'oracle again' : 'shoal (/query and /raw)'} `
      + `${Math.round(times.shoal)} ms`);
  });

  async function timed(key, run) {
    const start = performance.now();
    try {
      return await run();
    } finally {
      times[key] += performance.now() - start;
    }
  }

  test('the corpus is large enough and its names are unique', () => {
    assert.ok(scenarios.length >= 50, `${scenarios.length} scenarios`);
    assert.ok(statements >= 320, `${statements} statements`);
    assert.equal(new Set(scenarios.map((scenario) => scenario.name)).size, scenarios.length);
  });

  test('a changed answer is found', async () => {
    const scenario = { name: 'canary', requests: ['CREATE TABLE t(a)', 'INSERT INTO t VALUES(1),(2)', 'SELECT a FROM t', 'SELECT nope'] };
    const answers = await runOnOracle(oracle, 'canary', scenario);
    assert.deepEqual(compareScenario(scenario, answers, answers, 'raw'), []);
    const changed = structuredClone(answers);
    changed[1][0].meta.rows_written++;
    changed[2][0].results.rows[1][0] = 3;
    changed[3].error = 'something else';
    assert.deepEqual(
      compareScenario(scenario, answers, changed, 'raw').map((difference) => [difference.index, difference.field]),
      [[1, 'rows_written'], [2, 'results'], [3, 'error']]);
  });

  // The simulator keeps a switched pragma until its database restarts; D1 documents that it holds for its transaction.
  test('a switched pragma holds for its own request only', { skip: oracleOnly && 'about Shoal' }, async () => {
    const id = await createDatabase(server, 'pragmas');
    await rows(server, id, 'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p(id), n CHECK(n > 0)); INSERT INTO p VALUES (1)');
    for (const name of ['case_sensitive_like', 'ignore_check_constraints', 'recursive_triggers', 'reverse_unordered_selects',
      'legacy_alter_table', 'defer_foreign_keys']) {
      for (const others of ['SELECT 1', 'INSERT INTO c VALUES (1, 1)', 'SELECT nowhere']) {
        await call(server, 'POST', `/database/${id}/query`, { sql: `PRAGMA ${name} = on; ${others}` });
        await rows(server, id, 'DELETE FROM c');
      }
      if (name !== 'case_sensitive_like') {
        assert.deepEqual(await rows(server, id, `PRAGMA ${name}`), [{ [name]: 0 }]);
      }
    }
    assert.deepEqual(await rows(server, id, "SELECT 'A' LIKE 'a' AS same"), [{ same: 1 }]);
    assert.equal((await call(server, 'POST', `/database/${id}/query`, { sql: 'INSERT INTO c VALUES (1, -1)' })).status, 400);
    assert.equal((await call(server, 'POST', `/database/${id}/query`, { sql: 'INSERT INTO c VALUES (2, 1)' })).status, 400);
  });

  for (const [number, scenario] of scenarios.entries()) {
    test(scenario.name, async () => {
      const expected = await timed('oracle', () => runOnOracle(oracle, `s${number}`, scenario));
      if (oracleOnly) {
        const again = await timed('shoal', () => runOnOracle(oracle, `again${number}`, scenario));
        if (process.env.SHOW) {
          expected.forEach((answer, index) => console.log(`${scenario.name} #${index} `
            + `${JSON.stringify(scenario.requests[index]).slice(0, 150)}\n   => `
            + JSON.stringify(answer, (key, value) => (['timings', 'served_by', 'served_by_primary', 'duration', 'total_attempts', 'success'].includes(key) ? undefined : value)).slice(0, 600)));
        }
        const differences = compareScenario(scenario, expected, again, 'raw', tolerated)
          .filter((difference) => !difference.restarted);
        assert.equal(describeDifferences(differences), '');
        return;
      }
      for (const endpoint of ['query', 'raw']) {
        const actual = await timed('shoal', () => runOnShoal(server, `differential-${number}-${endpoint}`, scenario, endpoint));
        const differences = compareScenario(scenario, expected, actual, endpoint, tolerated);
        assert.equal(differences.length, 0, `over /${endpoint}:\n${describeDifferences(differences)}`);
      }
    });
  }
});
