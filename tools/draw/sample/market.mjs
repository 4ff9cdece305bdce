// A market and traders that move by seeded chance: the same picture every time.

/// Numbers between 0 and 1 that depend on the seed alone.
export function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const SYMBOLS = {
  BTCUSDT: { price: 97000, daily: 0.025 },
  ETHUSDT: { price: 3400, daily: 0.035 },
  SOLUSDT: { price: 190, daily: 0.05 },
  BNBUSDT: { price: 650, daily: 0.03 },
  ASTERUSDT: { price: 1.1, daily: 0.07 },
};

const MAINTENANCE = 0.012;

export class Market {
  constructor(random) {
    this.random = random;
    this.symbols = Object.fromEntries(Object.entries(SYMBOLS).map(([s, m]) => [s, { ...m, mark: m.price, funding: 0.0001 }]));
  }

  step(seconds, time) {
    for (const s of Object.values(this.symbols)) {
      const normal = this.random() + this.random() + this.random() + this.random() - 2;
      s.mark *= 1 + normal * 1.7 * s.daily * Math.sqrt(seconds / 86400);
      s.index = s.mark * (1 + (this.random() - 0.5) * 0.0004);
      s.funding += (this.random() - 0.5) * 0.00002 + (0.00008 - s.funding) * 0.02;
    }
    this.funded = Math.floor(time / 28800) !== Math.floor((time - seconds) / 28800);
  }
}

/// An account with positions that it changes now and then.
export class Trader {
  constructor(name, random, { wallet, leverage, symbols, hedged = false, makers = 0.5, hedge = false }) {
    Object.assign(this, { name, random, wallet, leverage, hedged, makers, hedge });
    this.positions = symbols.map((symbol, i) => ({
      symbol,
      side: hedge ? (i % 2 ? 'SHORT' : 'LONG') : 'BOTH',
      sign: (hedged || hedge) && i % 2 ? -1 : 1,
      size: 0,
      entry: 0,
      changed: 0,
      leverage: leverage > 6 ? 20 : 10,
    }));
    this.sums = new Map();
    this.news = [];
  }

  get unrealized() {
    return this.positions.reduce((sum, p) => sum + p.size * (p.mark - p.entry), 0);
  }

  get equity() {
    return this.wallet + this.unrealized;
  }

  step(market, time, seconds) {
    this.news = [];
    for (const p of this.positions) p.mark = market.symbols[p.symbol].mark;
    for (const p of this.positions) {
      if (market.funded && p.size) this.#book('FUNDING_FEE', p.symbol, -p.size * p.mark * market.symbols[p.symbol].funding, time);
      if (p.size === 0 || this.random() < seconds / 14400) this.#trade(p, time);
    }
    if (this.random() < seconds / (12 * 86400)) {
      const amount = Math.round(this.wallet * (this.random() - 0.45) * 0.2);
      this.#book('TRANSFER', '', amount, time);
    }
  }

  #trade(p, time) {
    const drift = Math.max(0.15, 1 + (this.random() - 0.5) * 1.4);
    const target = (p.sign * drift * this.equity * this.leverage) / this.positions.length / p.mark;
    const change = target - p.size;
    const liquidity = this.random() < this.makers ? 'maker' : 'taker';
    if (Math.sign(change) !== Math.sign(p.size) && p.size) {
      const profit = (-change * (p.mark - p.entry)) + Math.abs(change) * p.mark * (this.random() - 0.15) * 0.004;
      this.#book('REALIZED_PNL', p.symbol, profit, time);
      this.#count(profit > 0 ? 'win' : 'loss', [p.symbol, p.side], 1);
      this.#count(profit > 0 ? 'profit' : 'deficit', [p.symbol, p.side], Math.abs(profit));
    } else {
      p.entry = (p.entry * p.size + p.mark * change) / target;
    }
    const value = Math.abs(change) * p.mark;
    const fee = value * (liquidity === 'maker' ? 0.0001 : 0.00035);
    this.#book('COMMISSION', p.symbol, -fee, time);
    const key = [p.symbol, change > 0 ? 'BUY' : 'SELL', p.side, liquidity];
    this.#count('fills', key, 1 + Math.floor(this.random() * 4));
    this.#count('base', key, Math.abs(change));
    this.#count('quote', key, value);
    this.#count('fee', [p.symbol, liquidity], fee);
    Object.assign(p, { size: target, changed: time });
    this.last = { ...this.last, [p.symbol]: time };
  }

  #book(type, symbol, amount, time) {
    this.wallet += amount;
    this.news.push({ type, amount });
    this.#count(amount > 0 ? 'received' : 'paid', [type, symbol], Math.abs(amount));
    this.#count(amount > 0 ? 'paid' : 'received', [type, symbol], 0);
    this.#count('records', [type, symbol], 1);
    this.lastIncome = { ...this.lastIncome, [type]: time };
  }

  #count(kind, labels, amount) {
    const key = [kind, ...labels].join('|');
    this.sums.set(key, (this.sums.get(key) ?? 0) + amount);
  }

  maintenance() {
    return this.positions.reduce((sum, p) => sum + Math.abs(p.size * p.mark) * MAINTENANCE, 0);
  }

  /// Where the account would be liquidated if this price alone moved; nothing if it never would.
  liquidation(p) {
    const room = this.equity - this.maintenance();
    const price = p.mark - room / p.size / (p.sign > 0 ? 1 - MAINTENANCE : 1 + MAINTENANCE);
    return price > 0 && price < p.mark * 3 ? price : undefined;
  }
}
