// Runs a scenario on the oracle and on a Shoal server and lists the differences.
import { call, createDatabase } from '../lib/api.mjs';

/** The members of `meta` that must be equal; the others (times, places) differ by nature. */
const comparedMeta = ['rows_read', 'rows_written', 'changes', 'last_row_id', 'changed_db', 'size_after'];

/**
 * Brings a corpus entry into one form: `{statements, joined?, compare}`. A string is one SQL text without parameters;
 * `{multi: […]}` is several statements sent as one SQL text; `{batch: […]}` goes out as a batch.
 */
export function normalize(entry) {
  const request = typeof entry === 'string' ? { sql: entry } : entry;
  const statement = (item) => (typeof item === 'string' ? { sql: item } : { sql: item.sql, params: item.params });
  const compare = request.compare ?? 'all';
  if (request.batch) {
    return { kind: 'batch', statements: request.batch.map(statement), compare };
  }
  if (request.multi) {
    const statements = request.multi.map((sql) => ({ sql }));
    statements.at(-1).params = request.params;
    return { kind: 'multi', statements, joined: statement({ ...request, sql: request.multi.join(';\n') }), compare };
  }
  return { kind: 'single', statements: [statement(request)], compare };
}

/** How many SQL statements a corpus entry sends. */
export function statementCount(entry) {
  return normalize(entry).statements.length;
}

/**
 * The oracle's answers to a scenario. A Worker's prepared statement gives only the last result of a multi-statement
 * text where REST gives all of them, so those texts run twice: joined on one database (decides about errors) and as a
 * batch of single statements on a twin (gives the results).
 */
export async function runOnOracle(oracle, name, scenario) {
  const requests = scenario.requests.map(normalize);
  const twin = requests.some((request) => request.kind === 'multi');
  const answers = [];
  for (const request of requests) {
    const body = request.kind === 'single' ? request.statements[0] : request.statements;
    let answer = await oracle.query(name, request.kind === 'multi' ? request.joined : body);
    if (twin) {
      const split = await oracle.query(`${name}-twin`, body);
      answer = answer.error === undefined ? split : answer;
    }
    answers.push(answer);
  }
  return answers;
}

/** Shoal's answers to a scenario on a fresh database, over `/query` or `/raw`, in the oracle's shape. */
export async function runOnShoal(server, name, scenario, endpoint) {
  const id = await createDatabase(server, name);
  const answers = [];
  for (const entry of scenario.requests) {
    const request = normalize(entry);
    const body = request.kind === 'batch' ? { batch: request.statements } : request.joined ?? request.statements[0];
    const { status, json, text } = await call(server, 'POST', `/database/${id}/${endpoint}`, body);
    if (status === 200 && json?.success === true && Array.isArray(json.result)) {
      answers.push(json.result);
    } else if (status === 400 && json?.success === false && json.errors?.[0]?.code === 7500) {
      answers.push({ error: json.errors[0].message });
    } else {
      answers.push({ error: `HTTP ${status}: ${text.slice(0, 500)}` });
    }
  }
  await call(server, 'DELETE', `/database/${id}`);
  return answers;
}

function toObjects({ columns, rows }) {
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]])));
}

/** The differences between two answers to one request as `{field, oracle, shoal}`. */
export function compareAnswers(request, oracle, shoal, endpoint) {
  const differences = [];
  const check = (field, left, right) => {
    if (JSON.stringify(left) !== JSON.stringify(right)) {
      differences.push({ field, oracle: left, shoal: right });
    }
  };
  if (oracle.error !== undefined || shoal.error !== undefined) {
    check('error', oracle.error, shoal.error);
    return differences;
  }
  check('length', oracle.length, shoal.length);
  for (let index = 0; index < Math.min(oracle.length, shoal.length); index++) {
    const at = oracle.length > 1 ? `[${index}].` : '';
    check(`${at}success`, oracle[index].success, shoal[index].success);
    if (request.compare === 'success') {
      continue;
    }
    const expected = oracle[index].results;
    check(`${at}results`, endpoint === 'query' ? toObjects(expected) : expected, shoal[index].results);
    for (const member of comparedMeta) {
      check(`${at}${member}`, oracle[index].meta[member], shoal[index].meta?.[member]);
    }
    for (const member of ['duration', 'timings.sql_duration_ms', 'served_by']) {
      const value = member.split('.').reduce((object, key) => object?.[key], shoal[index].meta);
      check(`${at}${member} is present`, true, member === 'served_by' ? typeof value === 'string' : Number.isFinite(value));
    }
  }
  return differences;
}

/** All differences of a scenario, each with the request it belongs to, without the tolerated ones. */
export function compareScenario(scenario, oracle, shoal, endpoint, tolerated = []) {
  const differences = [];
  let restarted = false;
  scenario.requests.map(normalize).forEach((request, index) => {
    restarted ||= oracle[index].restarted === true;
    for (const difference of compareAnswers(request, oracle[index], shoal[index], endpoint)) {
      const found = { index, sql: request.statements.map((item) => item.sql).join('; '), restarted, ...difference };
      if (!tolerated.some((rule) => rule.applies(found))) {
        differences.push(found);
      }
    }
  });
  return differences;
}

/** A readable list of differences. */
export function describeDifferences(differences) {
  const short = (value) => {
    const text = JSON.stringify(value) ?? 'undefined';
    return text.length > 400 ? `${text.slice(0, 400)}…` : text;
  };
  return differences
    .map((item) => `#${item.index} ${short(item.sql)}\n    ${item.field}: oracle ${short(item.oracle)}, shoal ${short(item.shoal)}`)
    .join('\n');
}
