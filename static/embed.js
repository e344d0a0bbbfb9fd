// <half-open scenario="payments">: a run of Half-Open in any page, as a plain script or as a module.
// What it takes and what it tells is in embed.d.ts, and in words in docs/embedding.md. A page gets
// what the build leaves of this: no comments, no indentation, short names for what is private.

(() => {
  const base = new URL('.', (document.currentScript ?? document.querySelector('script[src*="embed.js"]')).src);
  const asks = ['scenario', 'link', 'at', 'controls', 'tracks', 'speed', 'autoplay', 'caption'];
  const make = (name, is) => Object.assign(document.createElement(name), is);
  const css = new CSSStyleSheet();
  // How much stands around the stage is known before anything is fetched: nothing moves when the run
  // arrives, and until then the still is there.
  css.replaceSync(`
:host{display:block;container-type:inline-size}
div{position:relative;overflow:hidden;height:calc(clamp(270px,44cqw,400px) + var(--more))}
iframe{position:absolute;inset:0;width:100%;height:100%;border:0;opacity:0}
.on iframe{opacity:1}
slot,img{display:block;width:100%}
@media print{div{height:auto!important}iframe{display:none}}
`);

  class HalfOpen extends HTMLElement {
    static observedAttributes = [...asks, 'theme', 'height'];
    #slot = make('slot');
    #box = make('div');
    #caption = make('p', { part: 'caption' });
    #frame;
    #waiting = [];
    #near = new IntersectionObserver(([it]) => it.isIntersecting && this.#load(), { rootMargin: '400px' });
    #themes = new MutationObserver(() => this.#aim());

    constructor() {
      super();
      const root = this.attachShadow({ mode: 'open' });
      root.adoptedStyleSheets = [css];
      this.#box.append(this.#slot);
      root.append(this.#box, this.#caption);
    }

    connectedCallback() {
      addEventListener('message', this);
      this.#near.observe(this);
      this.#themes.observe(document.documentElement, { attributes: true });
      this.attributeChangedCallback();
      // What stands in it is not there before the page is.
      if (document.readyState === 'loading') addEventListener('DOMContentLoaded', () => this.#still());
      else this.#still();
    }

    disconnectedCallback() {
      removeEventListener('message', this);
      this.#near.disconnect();
      this.#themes.disconnect();
      this.#frame?.remove();
      this.#frame = this.#box.className = '';
    }

    #get(name) {
      return this.getAttribute(name) ?? '';
    }

    attributeChangedCallback() {
      const [tracks, knobs] = ['tracks', 'controls'].map((name) => this.#get(name).match(/[^\s,][^,]*/g)?.length);
      const { style } = this.#box;
      style.setProperty('--more', `${150 + (tracks ? tracks * 56 + 29 : 0) + Math.ceil((knobs ?? 0) / 2) * 50}px`);
      style.height = `${parseInt(this.#get('height'))}px`;
      this.#caption.textContent = this.#get('caption');
      this.#aim();
    }

    #still() {
      const name = this.#get('scenario');
      if (this.children[0] || /\W|^$/.test(name)) return;
      const link = make('a', { href: base });
      link.append(make('img', { alt: this.#title(), src: `${base}stills/${name}.svg` }));
      this.#slot.append(link);
    }

    #title() {
      return this.#get('caption') || `Half-Open: ${this.#get('scenario')}`;
    }

    #load() {
      if (this.#frame) return;
      // It keeps its own origin, so that it can fetch its program from hosts that allow nobody else to.
      const sandbox = 'allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox';
      this.#frame = make('iframe', { sandbox, referrerPolicy: 'no-referrer' });
      this.#aim();
      this.#box.append(this.#frame);
    }

    // What is asked for stands behind the # of the frame's address: a change loads nothing anew.
    #aim() {
      const frame = this.#frame;
      if (!frame) return;
      const theme = this.#get('theme');
      const asked = new URLSearchParams({
        host: origin,
        theme: /^(light|dark)$/.test(theme) ? theme : getComputedStyle(this).colorScheme,
      });
      for (const name of asks) if (this.hasAttribute(name)) asked.set(name, this.#get(name) || 1);
      const url = `${base}embed/index.html#${asked}`;
      frame.title = this.#title();
      if (frame.isConnected) frame.contentWindow.location.replace(url);
      else frame.src = url;
    }

    handleEvent({ source, origin, data }) {
      if (!source || source !== this.#frame?.contentWindow || origin !== base.origin || data?.halfOpen !== 1) return;
      this.state = data.state ?? this.state;
      if (data.type === 'ready') {
        this.#box.className = 'on';
        this.#waiting.splice(0).forEach((message) => this.send(message));
      }
      this.dispatchEvent(new CustomEvent(`half-open-${data.type}`, { detail: data }));
    }

    send(message) {
      if (this.#box.className) this.#frame.contentWindow.postMessage({ halfOpen: 1, ...message }, base.origin);
      else this.#waiting.push(message);
      this.#load();
    }

    seek(to) {
      this.send({ type: 'seek', to });
    }
  }

  for (const type of ['play', 'pause', 'set', 'trip', 'fault', 'heal', 'reset']) {
    HalfOpen.prototype[type] = function (more) {
      this.send({ type, ...more });
    };
  }
  customElements.get('half-open') ?? customElements.define('half-open', HalfOpen);
})();
