// Series of 30 days for pictures, in the OpenMetrics format: `node sample/series.mjs ACCOUNTS END > series.txt`.
import { Market, Trader, chance } from './market.mjs';

const count = Number(process.argv[2]);
const end = Number(process.argv[3]);
const DAY = 86400;
const begin = end - 31 * DAY;
const TARGET = 'job="aster",instance="127.0.0.1:10099"';

const random = chance(7);
const market = new Market(random);
const traders = [
  ['main', { wallet: 50000, leverage: 6, symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'], hedged: true }],
  ['scalper', { wallet: 8000, leverage: 9, symbols: ['BTCUSDT', 'ASTERUSDT'], makers: 0.2 }],
  ['carry', { wallet: 120000, leverage: 3, symbols: ['BTCUSDT', 'BTCUSDT', 'ETHUSDT', 'ETHUSDT'], hedge: true, makers: 0.8 }],
  ['trend', { wallet: 30000, leverage: 3, symbols: ['ETHUSDT', 'SOLUSDT', 'BNBUSDT'] }],
  ['grid-btc', { wallet: 15000, leverage: 1.5, symbols: ['BTCUSDT'], makers: 0.95 }],
  ['vault', { wallet: 250000, leverage: 0.8, symbols: ['BTCUSDT', 'ETHUSDT'] }],
  ['alts', { wallet: 12000, leverage: 4, symbols: ['SOLUSDT', 'BNBUSDT', 'ASTERUSDT'], hedged: true }],
  ['lab', { wallet: 1000, leverage: 6, symbols: ['ASTERUSDT'] }],
  ['short-vol', { wallet: 40000, leverage: 2.5, symbols: ['SOLUSDT', 'ETHUSDT'], hedged: true }],
  ['idle', { wallet: 2500, leverage: 0, symbols: [] }],
]
  .slice(0, count)
  .map(([name, how]) => new Trader(name, random, how));

let out = [];
let now = begin;
function emit(name, labels, value) {
  if (value === undefined || Number.isNaN(value)) return;
  let text = TARGET;
  for (const label in labels) text += `,${label}="${labels[label]}"`;
  out.push(`${name}{${text}} ${value} ${now}`);
}

const weights = { balance: 5, account: 5, positions: 5, orders: 40, trades: 5, income: 30 };
const intervals = { balance: 30, account: 10, positions: 10, orders: 30, trades: 60, income: 60, market: 30 };
const endpoints = { balance: '/fapi/v2/balance', account: '/fapi/v4/account', positions: '/fapi/v2/positionRisk', orders: '/fapi/v1/openOrders', trades: '/fapi/v1/userTrades', income: '/fapi/v1/income', market: '/fapi/v1/premiumIndex' };
const agents = ['main', 'vault'];
const books = new Map(traders.map((t) => [t.name, []]));
const first = new Map();
const blocked = { from: end - 7 * 3600, to: end - 6.6 * 3600 };

while (now <= end) {
  // Finer towards the end, where boards look closely.
  const step = end - now > 26 * 3600 ? 1800 : end - now > 6.5 * 3600 ? 120 : 30;
  market.step(step, now);
  for (const trader of traders) {
    trader.step(market, now, step);
    const book = books.get(trader.name);
    for (const record of trader.news) book.push({ time: now, ...record });
    account(trader);
    history(trader, book);
    alerts(trader);
  }
  symbols();
  exporter();
  if (out.length > 20000) flush();
  now += step;
}
out.push('# EOF\n');
flush();

function flush() {
  process.stdout.write(out.join('\n') + (out.at(-1) === '# EOF\n' ? '' : '\n'));
  out = [];
}

function account(t) {
  const a = { account: t.name };
  const gross = t.positions.reduce((sum, p) => sum + Math.abs(p.size * p.mark), 0);
  const initial = t.positions.reduce((sum, p) => sum + Math.abs(p.size * p.mark) / p.leverage, 0);
  const orders = gross * 0.01 * (1 + Math.sin(now / 9000));
  const maintenance = t.maintenance();
  const money = {
    wallet_balance: t.wallet, unrealized_pnl: t.unrealized, margin_balance: t.equity, initial_margin: initial + orders,
    maintenance_margin: maintenance, position_initial_margin: initial, open_order_initial_margin: orders, cross_wallet_balance: t.wallet * 0.95,
    cross_unrealized_pnl: t.unrealized, available_balance: Math.max(0, t.equity - initial - orders), max_withdraw: Math.max(0, Math.min(t.wallet, t.equity) - initial - orders),
  };
  for (const [name, value] of Object.entries(money)) emit(`aster_account_${name}_usdt`, a, value);
  emit('aster_account_info', { ...a, auth: agents.includes(t.name) ? 'v3' : 'hmac' }, 1);
  for (const permission of ['trade', 'deposit', 'withdraw']) emit('aster_account_permission', { ...a, permission }, permission === 'withdraw' && t.name === 'lab' ? 0 : 1);
  emit('aster_account_fee_tier', a, t.wallet > 100000 ? 2 : 0);
  emit('aster_account_open_positions', a, t.positions.filter((p) => p.size).length);
  for (const [asset, part] of [['USDT', 0.9], ['USDF', 0.1], ...(t.name === 'vault' ? [['BTC', 0.3]] : [])]) {
    const unit = asset === 'BTC' ? 97000 : 1;
    const amount = (t.wallet * part) / unit;
    const l = { ...a, asset };
    emit('aster_asset_wallet_balance', l, amount);
    emit('aster_asset_margin_balance', l, amount + (asset === 'USDT' ? t.unrealized : 0));
    emit('aster_asset_initial_margin', l, asset === 'USDT' ? initial + orders : 0);
    emit('aster_asset_maintenance_margin', l, asset === 'USDT' ? maintenance : 0);
    emit('aster_asset_available_balance', l, money.available_balance / unit);
    emit('aster_asset_max_withdraw', l, (money.max_withdraw * part) / unit);
    emit('aster_asset_margin_available', l, asset === 'BTC' ? 0 : 1);
  }
  for (const p of t.positions.filter((p) => p.size)) {
    const l = { ...a, symbol: p.symbol, position_side: p.side };
    const value = p.size * p.mark;
    const isolated = t.name === 'lab';
    const numbers = {
      size: p.size, notional: value, entry_price: p.entry, mark_price: p.mark, liquidation_price: t.liquidation(p), unrealized_pnl: p.size * (p.mark - p.entry),
      leverage: p.leverage, isolated_margin: isolated ? Math.abs(value) / p.leverage : undefined, max_notional: t.wallet * 6, initial_margin: Math.abs(value) / p.leverage,
      maintenance_margin: Math.abs(value) * 0.012, update_timestamp_seconds: p.changed,
      stop_coverage_ratio: t.name === 'trend' ? 0.6 : t.name === 'lab' ? 0 : 1,
    };
    for (const [name, number] of Object.entries(numbers)) emit(`aster_position_${name}`, l, number);
    emit('aster_position_info', { ...l, margin_type: isolated ? 'isolated' : 'cross', auto_add_margin: 'false' }, 1);
    const side = p.size > 0 ? 'SELL' : 'BUY';
    emit('aster_open_orders', { ...l, side, order_type: 'STOP_MARKET', reduce_only: 'true' }, 1);
    emit('aster_open_orders', { ...l, side, order_type: 'LIMIT', reduce_only: 'false' }, 3 + Math.round(2 * Math.sin(now / 7000)));
    emit('aster_open_orders_notional', { ...l, side }, Math.abs(value) * 1.4);
  }
  for (const symbol of new Set(t.positions.filter((p) => p.size).map((p) => p.symbol))) {
    const changed = Math.min(...t.positions.filter((p) => p.symbol === symbol).map((p) => p.changed));
    emit('aster_open_orders_oldest_timestamp_seconds', { ...a, symbol }, t.name === 'grid-btc' ? begin + 27 * DAY : changed);
  }
  emit('aster_account_open_orders', a, t.positions.length * (4 + Math.round(2 * Math.sin(now / 7000))));
  const day = Math.floor(now / DAY);
  const known = first.get(t.name);
  if (known?.day !== day) first.set(t.name, { day, equity: t.equity, unrealized: t.unrealized });
  const { equity, unrealized } = first.get(t.name);
  const remembered = (name, value) => out.push(`${name}{job="aster",account="${t.name}"} ${value} ${now}`);
  remembered('aster_account:day_first_equity:usdt', equity);
  remembered('aster_account:day_first_unrealized:usdt', unrealized);
}

function history(t, book) {
  const a = { account: t.name };
  const asset = 'USDT';
  for (const [key, value] of t.sums) {
    const [kind, x, y, side, liquidity] = key.split('|');
    const fill = { ...a, symbol: x, side: y, position_side: side, liquidity };
    const income = { ...a, income_type: x, asset, symbol: y };
    const closing = { ...a, symbol: x, position_side: y };
    const names = {
      received: ['aster_income_received_total', income], paid: ['aster_income_paid_total', income], records: ['aster_income_records_total', income],
      fills: ['aster_trades_total', fill], base: ['aster_trades_base_volume_total', fill], quote: ['aster_trades_quote_volume_total', fill],
      profit: ['aster_trades_realized_profit_total', closing], deficit: ['aster_trades_realized_loss_total', closing],
      win: ['aster_trades_closing_total', { ...closing, outcome: 'win' }], loss: ['aster_trades_closing_total', { ...closing, outcome: 'loss' }],
      fee: ['aster_trades_commission_total', { ...a, symbol: x, asset, liquidity: y }],
    };
    emit(names[kind][0], names[kind][1], value);
  }
  const windows = { today: now % DAY, '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY };
  for (const [window, length] of Object.entries(windows)) {
    if (now - length < begin) continue;
    for (const type of Object.keys(t.lastIncome ?? {})) {
      const net = book.filter((r) => r.type === type && r.time > now - length).reduce((sum, r) => sum + r.amount, 0);
      emit('aster_income_net', { ...a, income_type: type, asset, window }, net);
    }
  }
  for (const [type, time] of Object.entries(t.lastIncome ?? {})) emit('aster_income_last_timestamp_seconds', { ...a, income_type: type }, time);
  for (const [symbol, time] of Object.entries(t.last ?? {})) emit('aster_trades_last_timestamp_seconds', { ...a, symbol }, time);
  emit('aster_ledger_start_timestamp_seconds', a, begin);
  emit('aster_ledger_import_progress_ratio', a, 1);
  emit('aster_ledger_income_gaps', a, 0);
  for (const kind of ['income', 'trade']) emit('aster_ledger_conflicting_records', { ...a, kind }, 0);
  emit('aster_ledger_records', { ...a, kind: 'income' }, book.length);
  emit('aster_ledger_records', { ...a, kind: 'trade' }, Math.round(book.length * 0.7));
}

function alerts(t) {
  const ratio = t.maintenance() / t.equity;
  const firing = (labels) => out.push(`ALERTS{alertstate="firing",job="aster",account="${t.name}",${labels}} 1 ${now}`);
  if (ratio > 0.5) firing('alertname="MarginRatioHigh",severity="warning"');
  if (now > blocked.from && now < blocked.to) firing('alertname="DataStale",severity="critical",collector="account"');
}

function symbols() {
  for (const [symbol, s] of Object.entries(market.symbols)) {
    if (!traders.some((t) => t.positions.some((p) => p.symbol === symbol))) continue;
    emit('aster_symbol_mark_price', { symbol }, s.mark);
    emit('aster_symbol_index_price', { symbol }, s.index);
    emit('aster_symbol_funding_rate', { symbol }, s.funding);
    emit('aster_symbol_next_funding_timestamp_seconds', { symbol }, (Math.floor(now / 28800) + 1) * 28800);
  }
}

function exporter() {
  const stopped = now > blocked.from && now < blocked.to;
  // What does not fit into the budget waits.
  const collectors = traders.flatMap((t) => Object.keys(weights).map((c) => [t.name, c])).concat([['', 'market']]);
  const wanted = collectors.reduce((sum, [, c]) => sum + (60 / intervals[c]) * (weights[c] ?? 1), 0);
  const stretch = Math.max(1, wanted / 1050);
  for (const [account, collector] of collectors) {
    const l = { account, collector };
    const broken = stopped || (account === 'lab' && collector === 'orders' && now > end - 2400);
    const began = broken ? (stopped ? blocked.from : end - 2400) : now - (random() * intervals[collector] * 0.9);
    emit('aster_collector_success', l, broken ? 0 : 1);
    emit('aster_collector_interval_seconds', l, intervals[collector] * stretch);
    emit('aster_collector_panics_total', l, 0);
    emit('aster_collector_last_success_timestamp_seconds', l, began);
    emit('aster_collector_last_attempt_timestamp_seconds', l, stopped ? blocked.from : now - random() * intervals[collector]);
    emit('aster_collector_duration_seconds', l, 0.08 + random() * 0.03 + (collector === 'orders' ? 0.1 : 0));
    for (const reason of ['budget', 'blocked', 'overrun']) emit('aster_collector_skipped_total', { ...l, reason }, reason === 'blocked' && now > blocked.from ? Math.min(now - blocked.from, 1440) / intervals[collector] : 0);
    const requests = (now - begin) / intervals[collector] / stretch;
    emit('aster_api_requests_total', { account, endpoint: endpoints[collector], status: 200 }, requests);
    emit('aster_api_weight_spent_total', { account, endpoint: endpoints[collector] }, requests * (weights[collector] ?? 1));
    emit('aster_api_errors_total', { account, endpoint: endpoints[collector], kind: 'timeout' }, Math.floor((now - begin) / 9000));
    emit('aster_api_errors_total', { account, endpoint: endpoints[collector], kind: 'banned' }, now > blocked.from ? 1 : 0);
  }
  for (const t of traders) emit('aster_up', { account: t.name }, stopped || (t.name === 'lab' && now > end - 2400) ? 0 : 1);
  for (const endpoint of Object.values(endpoints)) {
    const requests = (now - begin) / 20;
    for (const [le, part] of [['0.05', 0.02], ['0.1', 0.35], ['0.25', 0.9], ['0.5', 0.98], ['1', 0.995], ['+Inf', 1]]) {
      emit('aster_api_request_duration_seconds_bucket', { endpoint, le }, requests * part);
    }
  }
  emit('aster_api_used_weight', {}, stopped ? undefined : wanted / stretch + 300 + 250 * Math.sin(now / 5000) + random() * 120);
  emit('aster_api_weight_limit', {}, 2400);
  emit('aster_api_weight_budget', {}, 1200);
  emit('aster_api_blocked_until_timestamp_seconds', {}, stopped ? blocked.to : undefined);
  emit('aster_clock_offset_seconds', {}, 0.03 + 0.02 * Math.sin(now / 4000));
  emit('aster_exporter_build_info', { version: '0.1.0', revision: 'c0ffee1', rustc: '1.95.0' }, 1);
  emit('aster_exporter_config_last_reload_successful', {}, 1);
  emit('aster_exporter_config_last_reload_success_timestamp_seconds', {}, end - 2 * DAY);
  emit('process_start_time_seconds', {}, now < end - 3 * 3600 ? begin : end - 3 * 3600);
  emit('process_cpu_seconds_total', {}, (now - begin) * 0.013);
  emit('process_resident_memory_bytes', {}, 21e6 + 2e6 * Math.sin(now / 30000));
  emit('up', {}, 1);
  for (const { name: account } of traders.filter((t) => agents.includes(t.name))) {
    emit('aster_agent_expiry_timestamp_seconds', { account }, end + (account === 'vault' ? 5.5 : 80) * DAY);
    for (const permission of ['read', 'spot_trade', 'perp_trade', 'withdraw']) emit('aster_agent_permission', { account, permission }, permission === 'read' ? 1 : 0);
  }
}
