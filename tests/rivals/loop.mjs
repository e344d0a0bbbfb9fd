// The workloads in JavaScript, by hand: a binary heap in typed arrays, slots that are reused, and no
// object per event.

const SEED = 42;
const SLOTS = 1 << 16;
const DONE = 0;
const TIMEOUT = 1;
const RETRY = 2;
const ARRIVES = 3;

/// Requests begun, finished and succeeded, attempts, and the mean latency in milliseconds.
export function simulate(workload, requests) {
  return workload === 'one_worker' ? oneWorker(requests) : retries(requests);
}

/// Marsaglia's xorshift with 128 bits of state; between 0 and 1, and neither of them.
class Luck {
  constructor(seed) {
    this.a = seed | 0;
    this.b = 362436069;
    this.c = 521288629;
    this.d = 88675123;
    for (let turn = 0; turn < 20; turn += 1) this.unit();
  }

  unit() {
    let mixed = this.a ^ (this.a << 11);
    mixed ^= mixed >>> 8;
    this.a = this.b;
    this.b = this.c;
    this.c = this.d;
    this.d ^= (this.d >>> 19) ^ mixed;
    return ((this.d >>> 0) + 0.5) / 4294967296;
  }

  exponential(mean) {
    return -mean * Math.log(this.unit());
  }
}

/// What is planned, the earliest at the top; what comes first at one instant has the lower number.
class Heap {
  constructor() {
    this.times = new Float64Array(4 * SLOTS);
    this.numbers = new Int32Array(4 * SLOTS);
    this.length = 0;
  }

  push(time, number) {
    this.rise(this.length, time, number);
    this.length += 1;
  }

  rise(from, time, number) {
    const { times, numbers } = this;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (times[parent] < time || (times[parent] === time && numbers[parent] <= number)) break;
      times[place] = times[parent];
      numbers[place] = numbers[parent];
      place = parent;
    }
    times[place] = time;
    numbers[place] = number;
  }

  /// Puts something in place of the earliest: cheaper than to pop and to push.
  replace(time, number) {
    const { times, numbers, length } = this;
    let place = 0;
    for (let child = 1; child < length; child = 2 * place + 1) {
      const other = child + 1;
      const isLater =
        other < length &&
        (times[other] < times[child] ||
          (times[other] === times[child] && numbers[other] < numbers[child]));
      if (isLater) child = other;
      if (time < times[child] || (time === times[child] && number <= numbers[child])) break;
      times[place] = times[child];
      numbers[place] = numbers[child];
      place = child;
    }
    times[place] = time;
    numbers[place] = number;
  }

  pop() {
    this.length -= 1;
    const { times, numbers, length } = this;
    if (length > 0) this.replace(times[length], numbers[length]);
  }
}

function oneWorker(requests) {
  const luck = new Luck(SEED);
  const gap = 1 / 80;
  const work = 0.01;
  const heap = new Heap();
  // A ring: since when each of those in the system has been there.
  const present = new Float64Array(SLOTS);
  let first = 0;
  let behind = 0;
  let begun = 0;
  let finished = 0;
  let took = 0;
  heap.push(luck.exponential(gap), ARRIVES);
  while (heap.length > 0) {
    const now = heap.times[0];
    if (heap.numbers[0] === ARRIVES) {
      begun += 1;
      if (begun < requests) heap.replace(now + luck.exponential(gap), ARRIVES);
      else heap.pop();
      present[behind % SLOTS] = now;
      behind += 1;
      if (behind - first === 1) heap.push(now + luck.exponential(work), DONE);
    } else {
      took += now - present[first % SLOTS];
      first += 1;
      finished += 1;
      if (first === behind) heap.pop();
      else heap.replace(now + luck.exponential(work), DONE);
    }
  }
  return [begun, finished, finished, begun, (took / finished) * 1000];
}

function retries(requests) {
  const luck = new Luck(SEED);
  const gap = 1 / 100;
  const work = 0.05;
  const errors = 0.2;
  const patience = 0.2;
  const workers = 10;
  const last = 3;
  const waits = [0.1, 0.2, 0.4];
  const heap = new Heap();
  // By slot: when the first attempt at the same request was made, which attempt this is, whether
  // its client waits, and whether one of its two ends has come: the work done, the timeout over.
  const since = new Float64Array(SLOTS);
  const number = new Uint8Array(SLOTS);
  const waitedFor = new Uint8Array(SLOTS);
  const halfOver = new Uint8Array(SLOTS);
  const free = new Int32Array(SLOTS);
  let freed = 0;
  let used = 0;
  // A ring of slots.
  const queue = new Int32Array(SLOTS);
  let first = 0;
  let behind = 0;
  let busy = 0;
  let begun = 0;
  let finished = 0;
  let succeeded = 0;
  let attempts = 0;
  let took = 0;

  function insert(at, which) {
    let slot = used;
    if (freed > 0) {
      freed -= 1;
      slot = free[freed];
    } else {
      if (used === SLOTS) throw new Error('The service is down for good: choose another seed.');
      used += 1;
    }
    since[slot] = at;
    number[slot] = which;
    waitedFor[slot] = 1;
    halfOver[slot] = 0;
    return slot;
  }

  function send(now, slot) {
    attempts += 1;
    if (busy < workers) {
      busy += 1;
      heap.push(now + luck.exponential(work), (DONE << 16) | slot);
    } else {
      queue[behind % SLOTS] = slot;
      behind += 1;
    }
  }

  heap.push(luck.exponential(gap), ARRIVES << 16);
  while (heap.length > 0) {
    const now = heap.times[0];
    const slot = heap.numbers[0] & 0xffff;
    const what = heap.numbers[0] >> 16;
    if (what === ARRIVES) {
      begun += 1;
      const sent = insert(now, 1);
      if (begun < requests) heap.replace(now + luck.exponential(gap), ARRIVES << 16);
      else heap.pop();
      heap.push(now + patience, (TIMEOUT << 16) | sent);
      send(now, sent);
      continue;
    }
    if (what === RETRY) {
      heap.replace(now + patience, (TIMEOUT << 16) | slot);
      send(now, slot);
      continue;
    }
    let good = 0;
    if (what === DONE) {
      if (first < behind) {
        heap.replace(now + luck.exponential(work), (DONE << 16) | queue[first % SLOTS]);
        first += 1;
      } else {
        heap.pop();
        busy -= 1;
      }
      good = luck.unit() >= errors ? 1 : 0;
    } else {
      heap.pop();
    }
    if (halfOver[slot] === 1) {
      free[freed] = slot;
      freed += 1;
    }
    halfOver[slot] = 1;
    if (waitedFor[slot] === 0) continue;
    waitedFor[slot] = 0;
    if (good === 0 && number[slot] < last) {
      const wait = luck.unit() * waits[number[slot] - 1];
      heap.push(now + wait, (RETRY << 16) | insert(since[slot], number[slot] + 1));
    } else {
      finished += 1;
      succeeded += good;
      took += now - since[slot];
    }
  }
  return [begun, finished, succeeded, attempts, (took / finished) * 1000];
}
