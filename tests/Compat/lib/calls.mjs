// Performs calls on a D1Database that are described as JSON, so that the same call can be made in a Worker and in Node.
// It is loaded into Workers as a module of its own: no imports.

/** Brings a described argument into being: `{bytes: […]}`, `{buffer: […]}`, `{words: […]}`, `{big: '…'}`, `{special: '…'}`. */
function toValue(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  if (value.bytes) return new Uint8Array(value.bytes);
  if (value.buffer) return new Uint8Array(value.buffer).buffer;
  if (value.words) return new Uint16Array(value.words);
  if (value.big) return BigInt(value.big);
  return { undefined, NaN, Infinity, '-Infinity': -Infinity, '-0': -0, date: new Date(0), function: () => {} }[value.special];
}

const prepare = (target, { sql, params }) => {
  const statement = target.prepare(sql);
  return params === undefined ? statement : statement.bind(...params.map(toValue));
};

async function act(db, call, sessions) {
  let target = db;
  if (call.session !== undefined) {
    target = sessions[call.session] ??= db.withSession(call.start);
  }
  switch (call.op) {
    case 'batch': return target.batch(call.statements.map((statement) => prepare(target, statement)));
    case 'exec': return target.exec(call.sql);
    case 'dump': return Array.from(new Uint8Array(await target.dump()).subarray(0, 16));
    case 'bookmark': return target.getBookmark();
    case 'first': return prepare(target, call).first(...(call.column === undefined ? [] : [call.column]));
    case 'raw': return prepare(target, call).raw(...(call.options === undefined ? [] : [call.options]));
    default: return prepare(target, call)[call.op]();
  }
}

/** The outcome of each call in order: `{value}`, or `{error, cause}`. */
export async function perform(db, calls) {
  const sessions = {};
  const outcomes = [];
  for (const call of calls) {
    try {
      outcomes.push({ value: await act(db, call, sessions) });
    } catch (error) {
      outcomes.push({ error: error.message, cause: error.cause?.message });
    }
  }
  return outcomes;
}
