// The unmodified AWS SDK for JavaScript, its document client too, on items.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  BatchExecuteStatementCommand, BatchGetItemCommand, BatchWriteItemCommand, CreateTableCommand, DeleteItemCommand, DeleteTableCommand,
  DescribeContinuousBackupsCommand, DescribeEndpointsCommand, DescribeLimitsCommand, DescribeTableCommand, DescribeTimeToLiveCommand,
  DynamoDBClient, ExecuteStatementCommand, ExecuteTransactionCommand, GetItemCommand, ListTablesCommand, ListTagsOfResourceCommand,
  PutItemCommand, QueryCommand, ScanCommand, TagResourceCommand, TransactGetItemsCommand, TransactWriteItemsCommand, UntagResourceCommand,
  UpdateItemCommand, UpdateTableCommand, UpdateTimeToLiveCommand, waitUntilTableExists, waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import {
  BatchExecuteStatementCommand as DocumentBatchExecute, BatchGetCommand, BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient,
  ExecuteStatementCommand as DocumentExecute, ExecuteTransactionCommand as DocumentExecuteTransaction, GetCommand, PutCommand,
  QueryCommand as DocumentQuery, ScanCommand as DocumentScan, TransactGetCommand, TransactWriteCommand, UpdateCommand, paginateScan,
} from '@aws-sdk/lib-dynamodb';
import {
  DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand, ListStreamsCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { freePort, startServer } from './lib/server.mjs';

describe('the AWS SDK for JavaScript', () => {
  let server;
  let client;
  let documents;
  let streams;
  const TableName = 'carts';
  const key = (user, sku) => ({ user: { S: user }, sku: { S: sku } });
  const send = (Command, input) => client.send(new Command(input));

  before(async () => {
    const port = await freePort();
    server = await startServer({ args: ['--items-urls', `http://127.0.0.1:${port}`] });
    const settings = {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
      maxAttempts: 1,
    };
    client = new DynamoDBClient(settings);
    streams = new DynamoDBStreamsClient(settings);
    documents = DynamoDBDocumentClient.from(client);
    await send(CreateTableCommand, {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'user', AttributeType: 'S' },
        { AttributeName: 'sku', AttributeType: 'S' },
        { AttributeName: 'colour', AttributeType: 'S' },
      ],
      KeySchema: [{ AttributeName: 'user', KeyType: 'HASH' }, { AttributeName: 'sku', KeyType: 'RANGE' }],
      LocalSecondaryIndexes: [{
        IndexName: 'byColour',
        KeySchema: [{ AttributeName: 'user', KeyType: 'HASH' }, { AttributeName: 'colour', KeyType: 'RANGE' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      }],
    });
    await waitUntilTableExists({ client, minDelay: 1, maxDelay: 2, maxWaitTime: 10 }, { TableName });
  });
  after(async () => {
    client?.destroy();
    streams?.destroy();
    await server?.stop();
  });

  test('tables are described, listed, changed, tagged and deleted', async () => {
    const { Table } = await send(DescribeTableCommand, { TableName });
    assert.equal(Table.TableArn, 'arn:aws:dynamodb:eu-west-1:000000000000:table/carts');
    assert.ok(Table.CreationDateTime instanceof Date);
    assert.deepEqual((await send(ListTablesCommand, {})).TableNames, [TableName]);
    await send(UpdateTableCommand, { TableName, DeletionProtectionEnabled: true });
    await assert.rejects(send(DeleteTableCommand, { TableName }), { name: 'ValidationException' });
    await send(UpdateTableCommand, { TableName, DeletionProtectionEnabled: false });
    await send(TagResourceCommand, { ResourceArn: Table.TableArn, Tags: [{ Key: 'team', Value: 'blue' }] });
    assert.deepEqual((await send(ListTagsOfResourceCommand, { ResourceArn: Table.TableArn })).Tags, [{ Key: 'team', Value: 'blue' }]);
    await send(UntagResourceCommand, { ResourceArn: Table.TableArn, TagKeys: ['team'] });
    await send(UpdateTimeToLiveCommand, { TableName, TimeToLiveSpecification: { Enabled: true, AttributeName: 'until' } });
    assert.equal((await send(DescribeTimeToLiveCommand, { TableName })).TimeToLiveDescription.TimeToLiveStatus, 'ENABLED');
    assert.ok((await send(DescribeEndpointsCommand, {})).Endpoints[0].Address.includes('127.0.0.1'));
    assert.ok((await send(DescribeLimitsCommand, {})).TableMaxReadCapacityUnits > 0);
    assert.equal((await send(DescribeContinuousBackupsCommand, { TableName })).ContinuousBackupsDescription.ContinuousBackupsStatus, 'DISABLED');
    await send(CreateTableCommand, {
      TableName: 'gone',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'a', AttributeType: 'N' }],
      KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
    });
    await send(DeleteTableCommand, { TableName: 'gone' });
    await waitUntilTableNotExists({ client, minDelay: 1, maxDelay: 2, maxWaitTime: 10 }, { TableName: 'gone' });
  });

  test('items are put, read, changed, queried and deleted', async () => {
    await send(PutItemCommand, { TableName, Item: { ...key('ann', 'tea'), n: { N: '9007199254740993' }, b: { B: new Uint8Array([1, 2]) } } });
    const { Attributes } = await send(UpdateItemCommand, {
      TableName,
      Key: key('ann', 'tea'),
      UpdateExpression: 'ADD n :one SET colour = if_not_exists(colour, :c)',
      ExpressionAttributeValues: { ':one': { N: '1' }, ':c': { S: 'green' } },
      ReturnValues: 'ALL_NEW',
    });
    assert.equal(Attributes.n.N, '9007199254740994');
    const { Item } = await send(GetItemCommand, { TableName, Key: key('ann', 'tea'), ProjectionExpression: 'b, n' });
    assert.deepEqual(Item, { b: { B: new Uint8Array([1, 2]) }, n: { N: '9007199254740994' } });
    const { Items } = await send(QueryCommand, {
      TableName,
      IndexName: 'byColour',
      KeyConditionExpression: '#u = :u AND begins_with(colour, :c)',
      ExpressionAttributeNames: { '#u': 'user' },
      ExpressionAttributeValues: { ':u': { S: 'ann' }, ':c': { S: 'gr' } },
    });
    assert.deepEqual(Items, [{ ...key('ann', 'tea'), colour: { S: 'green' } }]);
    await assert.rejects(
      send(DeleteItemCommand, { TableName, Key: key('ann', 'tea'), ConditionExpression: 'n < :n', ExpressionAttributeValues: { ':n': { N: '1' } } }),
      { name: 'ConditionalCheckFailedException' });
    await send(DeleteItemCommand, { TableName, Key: key('ann', 'tea') });
    assert.equal((await send(GetItemCommand, { TableName, Key: key('ann', 'tea') })).Item, undefined);
  });

  test('batches and transactions', async () => {
    const puts = Array.from({ length: 25 }, (_, index) => ({ PutRequest: { Item: key('bob', String(index).padStart(2, '0')) } }));
    const { UnprocessedItems } = await send(BatchWriteItemCommand, { RequestItems: { [TableName]: puts } });
    assert.deepEqual(UnprocessedItems, {});
    const { Responses } = await send(BatchGetItemCommand, { RequestItems: { [TableName]: { Keys: [key('bob', '03'), key('bob', 'no')] } } });
    assert.deepEqual(Responses[TableName], [key('bob', '03')]);
    await send(TransactWriteItemsCommand, {
      ClientRequestToken: 'token',
      TransactItems: [
        { Update: { TableName, Key: key('bob', '00'), UpdateExpression: 'SET v = :v', ExpressionAttributeValues: { ':v': { BOOL: true } } } },
        { Delete: { TableName, Key: key('bob', '01') } },
      ],
    });
    const got = await send(TransactGetItemsCommand, {
      TransactItems: [{ Get: { TableName, Key: key('bob', '00') } }, { Get: { TableName, Key: key('bob', '01') } }],
    });
    assert.equal(got.Responses[0].Item.v.BOOL, true);
    assert.equal(got.Responses[1].Item, undefined);
    await assert.rejects(
      send(TransactWriteItemsCommand, {
        TransactItems: [
          { Put: { TableName, Item: key('bob', 'x') } },
          { ConditionCheck: { TableName, Key: key('bob', 'no'), ConditionExpression: 'attribute_exists(sku)' } },
        ],
      }),
      (error) => error.name === 'TransactionCanceledException'
        && error.CancellationReasons.map((reason) => reason.Code).join() === 'None,ConditionalCheckFailed');
    assert.equal((await send(ScanCommand, { TableName, Select: 'COUNT' })).Count, 24);
  });

  test('the document client', async () => {
    await documents.send(new PutCommand({ TableName, Item: { user: 'eve', sku: '1', tags: new Set(['a', 'b']), nested: { list: [1, 'x', null] } } }));
    const { Item } = await documents.send(new GetCommand({ TableName, Key: { user: 'eve', sku: '1' } }));
    assert.deepEqual(Item, { user: 'eve', sku: '1', tags: new Set(['a', 'b']), nested: { list: [1, 'x', null] } });
    await documents.send(new UpdateCommand({
      TableName,
      Key: { user: 'eve', sku: '1' },
      UpdateExpression: 'SET nested.#l[0] = :v',
      ExpressionAttributeNames: { '#l': 'list' },
      ExpressionAttributeValues: { ':v': 2 },
    }));
    const { Items } = await documents.send(new DocumentQuery({
      TableName,
      KeyConditionExpression: '#u = :u',
      ExpressionAttributeNames: { '#u': 'user' },
      ExpressionAttributeValues: { ':u': 'eve' },
    }));
    assert.equal(Items[0].nested.list[0], 2);
    let seen = 0;
    for await (const page of paginateScan({ client: documents, pageSize: 5 }, { TableName })) {
      seen += page.Items.length;
    }
    assert.equal(seen, 25);
  });

  test('the document client in batches and transactions', async () => {
    const keys = ['a', 'b', 'c'].map((sku) => ({ user: 'flo', sku }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: keys.map((k, n) => ({ PutRequest: { Item: { ...k, n } } })) } }));
    const { Responses } = await documents.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: keys } } }));
    assert.deepEqual(Responses[TableName].map((item) => item.n).sort(), [0, 1, 2]);
    await documents.send(new TransactWriteCommand({
      TransactItems: [
        { Put: { TableName, Item: { ...keys[0], n: 10 } } },
        { Update: { TableName, Key: keys[1], UpdateExpression: 'SET n = n + :n', ExpressionAttributeValues: { ':n': 10 } } },
        { Delete: { TableName, Key: keys[2] } },
      ],
    }));
    const got = await documents.send(new TransactGetCommand({ TransactItems: keys.map((Key) => ({ Get: { TableName, Key } })) }));
    assert.deepEqual(got.Responses.map((one) => one.Item?.n), [10, 11, undefined]);
    const { Attributes } = await documents.send(new DeleteCommand({ TableName, Key: keys[0], ReturnValues: 'ALL_OLD' }));
    assert.equal(Attributes.n, 10);
    const { Items } = await documents.send(new DocumentScan({
      TableName,
      FilterExpression: '#u = :u',
      ExpressionAttributeNames: { '#u': 'user' },
      ExpressionAttributeValues: { ':u': 'flo' },
    }));
    assert.deepEqual(Items, [{ ...keys[1], n: 11 }]);
    await documents.send(new DeleteCommand({ TableName, Key: keys[1] }));
  });

  test('a stream is found, and its changes are read in order', async () => {
    const { TableDescription } = await send(CreateTableCommand, {
      TableName: 'followed',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    await waitUntilTableExists({ client, minDelay: 1, maxDelay: 2, maxWaitTime: 10 }, { TableName: 'followed' });
    const id = { S: 'a' };
    await send(PutItemCommand, { TableName: 'followed', Item: { id, n: { N: '1' } } });
    await send(PutItemCommand, { TableName: 'followed', Item: { id, n: { N: '2' } } });
    await send(DeleteItemCommand, { TableName: 'followed', Key: { id } });

    const read = (Command, input) => streams.send(new Command(input));
    const { Streams } = await read(ListStreamsCommand, { TableName: 'followed' });
    assert.deepEqual(Streams.map((stream) => stream.StreamArn), [TableDescription.LatestStreamArn]);
    const { StreamDescription } = await read(DescribeStreamCommand, { StreamArn: Streams[0].StreamArn });
    assert.equal(StreamDescription.StreamStatus, 'ENABLED');
    const found = [];
    for (const { ShardId } of StreamDescription.Shards) {
      const { ShardIterator } = await read(GetShardIteratorCommand, {
        StreamArn: Streams[0].StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON',
      });
      const { Records } = await read(GetRecordsCommand, { ShardIterator });
      found.push(...Records.map(({ eventName, dynamodb }) => [eventName, dynamodb.OldImage?.n.N, dynamodb.NewImage?.n.N]));
    }
    assert.deepEqual(found, [['INSERT', undefined, '1'], ['MODIFY', '1', '2'], ['REMOVE', '2', undefined]]);
  });

  test('PartiQL', async () => {
    const run = (Statement, ...Parameters) => send(ExecuteStatementCommand, { Statement, ...(Parameters.length > 0 ? { Parameters } : {}) });
    await run(`INSERT INTO "${TableName}" VALUE {'user': 'gus', 'sku': ?, 'n': 1}`, { S: 'x' });
    await assert.rejects(run(`INSERT INTO "${TableName}" VALUE {'user': 'gus', 'sku': 'x'}`), { name: 'DuplicateItemException' });
    const updated = await run(`UPDATE "${TableName}" SET n = n + 1 WHERE "user" = 'gus' AND sku = 'x' RETURNING ALL NEW *`);
    assert.equal(updated.Items[0].n.N, '2');
    await assert.rejects(run(`UPDATE "${TableName}" SET n = 0 WHERE "user" = 'gus' AND sku = 'none'`), { name: 'ConditionalCheckFailedException' });
    const batch = await send(BatchExecuteStatementCommand, {
      Statements: [{ Statement: `SELECT n FROM "${TableName}" WHERE "user" = 'gus' AND sku = 'x'` }, { Statement: 'SLECT' }],
    });
    assert.equal(batch.Responses[0].Item.n.N, '2');
    assert.equal(batch.Responses[1].Error.Code, 'ValidationError');
    await assert.rejects(
      send(ExecuteTransactionCommand, {
        TransactStatements: [
          { Statement: `DELETE FROM "${TableName}" WHERE "user" = 'gus' AND sku = 'x'` },
          { Statement: `UPDATE "${TableName}" SET n = 0 WHERE "user" = 'gus' AND sku = 'none'` },
        ],
      }),
      (error) => error.name === 'TransactionCanceledException'
        && error.CancellationReasons.map((reason) => reason.Code).join() === 'None,ConditionalCheckFailed');
    const { Items } = await documents.send(new DocumentExecute({
      Statement: `SELECT * FROM "${TableName}" WHERE "user" = ? AND sku BETWEEN ? AND ?`, Parameters: ['gus', 'a', 'z'],
    }));
    assert.deepEqual(Items, [{ user: 'gus', sku: 'x', n: 2 }]);
    await documents.send(new DocumentExecuteTransaction({
      TransactStatements: [{ Statement: `DELETE FROM "${TableName}" WHERE "user" = ? AND sku = ?`, Parameters: ['gus', 'x'] }],
    }));
    const gone = await documents.send(new DocumentBatchExecute({
      Statements: [{ Statement: `SELECT * FROM "${TableName}" WHERE "user" = ? AND sku = ?`, Parameters: ['gus', 'x'] }],
    }));
    assert.equal(gone.Responses[0].Item, undefined);
  });
});
