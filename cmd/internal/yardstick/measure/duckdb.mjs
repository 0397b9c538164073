// The yardstick: what an analyst's SQL answers from the same files.
// node duckdb.mjs DIR, which holds the files and the package that npm installed.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [dir] = process.argv.slice(2);
const { DuckDBInstance } = await import(pathToFileURL(createRequire(dir + '/').resolve('@duckdb/node-api')));
const db = await (await DuckDBInstance.create(':memory:')).connect();
const run = (sql) => db.run(sql.replaceAll('$DIR', dir));

await run('set preserve_insertion_order = false');
await run(`create table orders as select order_id, order_no, status, cast(amount_due * 1000000 as hugeint) due, txid, pay_to,
    created_at, expires_at from read_csv('$DIR/orders.csv', header = true,
    types = {'order_id': 'varchar', 'amount_due': 'decimal(38,6)', 'txid': 'varchar', 'created_at': 'bigint', 'expires_at': 'bigint'})`);
await run(`create table transfers as select row_number() over () id, transaction_hash txid, log_index, from_address payer, to_address pay_to,
    cast(value as hugeint) units, block_timestamp sent, block_number from read_csv('$DIR/transfers.csv', header = true,
    types = {'value': 'varchar', 'block_timestamp': 'bigint'})`);
await run(`create table hooks as select order_no, status, response_status, txid, amount, received_at from read_json('$DIR/hooks.jsonl', format = 'newline_delimited')`);

// By the transaction that the book names.
await run(`create table named as select o.order_id, t.id, t.units, t.payer, t.pay_to, t.sent from orders o join transfers t on t.txid = o.txid and t.pay_to = o.pay_to`);
// The same payer again, the same amount, within a day.
await run(`create table again as select n.order_id, t.id, t.units from transfers t join named n
    on t.payer = n.payer and t.pay_to = n.pay_to and t.units = n.units and t.id <> n.id and t.sent between n.sent and n.sent + 86400
    where not exists (select 1 from named x where x.id = t.id)
    qualify row_number() over (partition by t.id order by n.sent) = 1`);
// Exactly the amount due, on the order's address, in its time; mutually the best.
await run(`create table exact as
    with pair as (select o.order_id, t.id, t.units, t.sent - o.created_at gap from orders o join transfers t
        on t.pay_to = o.pay_to and t.units = o.due and t.sent between o.created_at and o.expires_at + 86400
        where o.order_id not in (select order_id from named) and t.id not in (select id from named) and t.id not in (select id from again))
    select order_id, id, units from pair
    qualify row_number() over (partition by id order by gap) = 1 and row_number() over (partition by order_id order by gap) = 1`);
await run(`create table paid as select order_id, sum(units) units, count(*) n, min(id) transfer_id from
    (select order_id, id, units from named union all select order_id, id, units from again union all select order_id, id, units from exact) group by order_id`);
await run(`create table told as select order_no, count(*) n from hooks where response_status = 200 group by order_no`);
await run(`copy (select o.order_id, o.order_no, o.status, o.due, p.units received, t.txid, o.pay_to, o.created_at,
    case when o.status <> 'paid' and p.units is not null then 'lost'
         when o.status <> 'paid' then 'agreed'
         when p.units is null then 'missing'
         when p.n > 1 then 'twice'
         when p.units < o.due then 'under'
         when p.units > o.due then 'over'
         when t.sent > o.expires_at then 'late'
         when h.n is null then 'missed webhook'
         else 'agreed' end verdict
    from orders o left join paid p using (order_id) left join transfers t on t.id = p.transfer_id left join told h using (order_no)) to '$DIR/duckdb-orders.csv'`);
await run(`copy (select * from transfers t where not exists (select 1 from named n where n.id = t.id) and not exists (select 1 from again a where a.id = t.id)
    and not exists (select 1 from exact e where e.id = t.id)) to '$DIR/duckdb-unmatched.csv'`);
