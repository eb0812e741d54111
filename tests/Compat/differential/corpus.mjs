// The corpus: named scenarios, each run on fresh databases. An entry of `requests` is one request:
//   'SQL' or q('SQL', …params)      one statement
//   {multi: ['SQL', …], params?}    several statements in one SQL text (parameters belong to the last)
//   {batch: ['SQL' | q(…), …]}      a batch
// `compare: 'success'` compares only that both succeed or fail with the same error.
import { schema } from './corpus/schema.mjs';
import { writes } from './corpus/writes.mjs';
import { reads } from './corpus/reads.mjs';
import { constraints } from './corpus/constraints.mjs';
import { search } from './corpus/search.mjs';
import { values } from './corpus/values.mjs';
import { rules } from './corpus/rules.mjs';
import { transactions } from './corpus/transactions.mjs';

export const scenarios = [
  ...schema, ...writes, ...reads, ...constraints, ...search, ...values, ...rules, ...transactions,
];
