// The unmodified AWS SDK for JavaScript, its document client too, on items.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  BatchGetItemCommand, BatchWriteItemCommand, CreateTableCommand, DeleteItemCommand, DeleteTableCommand, DescribeEndpointsCommand,
  DescribeLimitsCommand, DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient, GetItemCommand, ListTablesCommand,
  ListTagsOfResourceCommand, PutItemCommand, QueryCommand, ScanCommand, TagResourceCommand, TransactGetItemsCommand,
  TransactWriteItemsCommand, UntagResourceCommand, UpdateItemCommand, UpdateTableCommand, UpdateTimeToLiveCommand, waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand as DocumentQuery, UpdateCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { freePort, startServer } from './lib/server.mjs';

describe('the AWS SDK for JavaScript', () => {
  let server;
  let client;
  let documents;
  const TableName = 'carts';
  const key = (user, sku) => ({ user: { S: user }, sku: { S: sku } });
  const send = (Command, input) => client.send(new Command(input));

  before(async () => {
    const port = await freePort();
    server = await startServer({ args: ['--items-urls', `http://127.0.0.1:${port}`] });
    client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
      maxAttempts: 1,
    });
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
});
