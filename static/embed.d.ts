/**
 * `<half-open>`: a run of Half-Open in any page, and the messages that travel between a page and the
 * frame. In words: docs/embedding.md. Version 1: fields and types may be added, and none is taken
 * away or changed. Times are in seconds, shares from 0 to 1.
 */

/** What a page sends. With an `id` it gets an answer, a `state` or an `error`, with the same `id`. */
export type HalfOpenRequest = { halfOpen?: 1; id?: string | number } & (
  | { type: 'play' | 'pause' | 'reset' | 'state?' }
  /** A moment, in seconds or with a unit: `'6.2s'`. */
  | { type: 'seek'; to: number | string }
  /** A setting by its path or its name, and a value with its unit: `'api-bank.timeout'`, `'500 ms'`. */
  | { type: 'set'; path: string; value: string | number }
  /** Without a line, the first one with a breaker; without an action, `open`. */
  | { type: 'trip'; line?: string; action?: HalfOpenAction }
  /** A service (`bank`) or a line (`api-bank`); without `lasts`, until the end of the run. */
  | { type: 'fault'; kind: HalfOpenFault; target: string; size?: number; lasts?: string }
  /** Without a target, everything that is broken. */
  | { type: 'heal'; target?: string }
);

export type HalfOpenAction = 'open' | 'close' | 'force_open' | 'disable' | 'half_open' | 'reset';

export type HalfOpenFault =
  | 'slow' | 'errors' | 'fail_fast' | 'hang' | 'crash_keeping_state' | 'crash_losing_state'
  | 'fewer_workers' | 'forget_keys' | 'flush_cache'
  | 'lose_requests' | 'lose_responses' | 'lose_next_response' | 'duplicate' | 'partition' | 'delay';

export type HalfOpenBreaker = 'closed' | 'open' | 'half_open' | 'forced_open' | 'disabled' | 'metrics_only';

/** A moment of a run, counted from its start. What cannot be counted yet is `null`. */
export interface HalfOpenState {
  scenario: string;
  t: number;
  end: number;
  clock: string;
  playing: boolean;
  success: number | null;
  p99: number | null;
  amplification: number | null;
  charges: number;
  orders: number;
  breakers: { line: string; state: HalfOpenBreaker }[];
}

/** Something that happened while the run played. */
export type HalfOpenEvent =
  | { what: 'breaker'; t: number; line: string; state: HalfOpenBreaker; because: string; client?: number }
  | { what: 'fault'; t: number; target: string; kind: HalfOpenFault; over: boolean }
  | { what: 'outcome'; t: number; request: number; outcome: 'ok' | 'degraded' | 'failed'; took: number };

/** What the frame sends. */
export type HalfOpenMessage = { halfOpen: 1; id?: string | number } & (
  | { type: 'ready' | 'state'; state: HalfOpenState }
  | { type: 'event'; event: HalfOpenEvent }
  | { type: 'error'; message: string }
);

/**
 * Attributes: `scenario` or `link`, `at`, `controls`, `tracks`, `caption`, `theme`, `height`, `speed`,
 * `autoplay`. All of them may change at any time.
 */
export interface HalfOpenElement extends HTMLElement {
  /** The last state that it told. */
  readonly state?: HalfOpenState;
  play(): void;
  pause(): void;
  reset(): void;
  seek(to: number | string): void;
  set(what: { path: string; value: string | number }): void;
  trip(what?: { line?: string; action?: HalfOpenAction }): void;
  fault(what: { kind: HalfOpenFault; target: string; size?: number; lasts?: string }): void;
  heal(what?: { target?: string }): void;
  /** Any message; what is sent before it is ready waits. */
  send(message: HalfOpenRequest): void;
  addEventListener<K extends keyof HalfOpenEventMap>(
    type: K,
    listener: (this: HalfOpenElement, event: HalfOpenEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

export interface HalfOpenEventMap extends HTMLElementEventMap {
  'half-open-ready': CustomEvent<Extract<HalfOpenMessage, { state: HalfOpenState }>>;
  'half-open-state': CustomEvent<Extract<HalfOpenMessage, { state: HalfOpenState }>>;
  'half-open-event': CustomEvent<Extract<HalfOpenMessage, { event: HalfOpenEvent }>>;
  'half-open-error': CustomEvent<Extract<HalfOpenMessage, { message: string }>>;
}

declare global {
  interface HTMLElementTagNameMap {
    'half-open': HalfOpenElement;
  }
}
