// <half-open scenario="payments">: a run of Half-Open in any page, as a plain script or as a module.
// What it takes and what it tells is in embed.d.ts, and in words in docs/embedding.md. A page gets
// what the build leaves of this: no comments, and short names.

(() => {
  const base = new URL('.', (document.currentScript ?? document.querySelector('[type=module][src*="embed.js"]')).src);
  const asks = 'scenario link at controls tracks speed autoplay caption height theme'.split(' ');
  const make = (name, is) => Object.assign(document.createElement(name), is);
  const css = new CSSStyleSheet();
  // How much stands around the stage is known before anything is fetched: nothing moves when the run
  // arrives, and until then the still is there.
  css.replaceSync(`
:host{display:block;container-type:inline-size}
div{position:relative;overflow:hidden;height:calc(clamp(270px,44cqw,400px) + var(--more))}
iframe{position:absolute;inset:0;width:100%;height:100%;border:0;opacity:0;pointer-events:none}
.on iframe{opacity:1;pointer-events:auto}
slot,img{display:block;width:100%}
@media print{div{height:auto!important}iframe{display:none}}
`);

  class HalfOpen extends HTMLElement {
    static observedAttributes = asks;
    #on;
    #off;
    #fit;

    constructor() {
      super();
      const root = this.attachShadow({ mode: 'open' });
      const box = make('div');
      const slot = make('slot');
      const caption = make('p', { part: 'caption' });
      const get = (name) => this.getAttribute(name) ?? '';
      const count = (name) => get(name).match(/[^\s,][^,]*/g)?.length ?? 0;
      const title = () => get('caption') || `Half-Open: ${get('scenario')}`;
      const waiting = [];
      let frame;

      // What is asked for stands behind the # of the frame's address: a change loads nothing anew.
      const aim = () => {
        if (!frame) return;
        const asked = new URLSearchParams({ host: origin });
        for (const name of asks) if (this.hasAttribute(name)) asked.set(name, get(name));
        if (!/^(light|dark)$/.test(get('theme'))) asked.set('theme', getComputedStyle(this).colorScheme);
        const url = `${base}embed/index.html#${asked}`;
        frame.title = title();
        if (frame.isConnected) frame.contentWindow.location.replace(url);
        else frame.src = url;
      };
      const load = () => {
        if (frame) return;
        // It keeps its own origin, so that it can fetch its program from hosts that allow nobody else to.
        // Where that is the page's own a sandbox would be none, and browsers say so.
        frame = make('iframe', { referrerPolicy: 'no-referrer' });
        if (base.origin !== origin) frame.sandbox = 'allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox';
        aim();
        box.append(frame);
      };
      const hear = ({ source, origin, data }) => {
        if (!frame || source !== frame.contentWindow || origin !== base.origin || data?.halfOpen !== 1) return;
        this.state = data.state ?? this.state;
        if (data.type === 'ready') {
          box.className = 'on';
          waiting.splice(0).forEach(this.send);
        }
        this.dispatchEvent(new CustomEvent(`half-open-${data.type}`, { detail: data }));
      };
      const still = () => {
        const name = get('scenario');
        if (this.children[0] || /\W|^$/.test(name)) return;
        const link = make('a', { href: base });
        link.append(make('img', { loading: 'lazy', alt: title(), src: `${base}stills/${name}.svg` }));
        slot.replaceChildren(link);
      };
      const near = new IntersectionObserver((all) => all.at(-1).isIntersecting && load(), { rootMargin: '400px' });
      const themes = new MutationObserver(aim);

      this.send = (message) => {
        if (box.className) frame.contentWindow.postMessage({ halfOpen: 1, ...message }, base.origin);
        else waiting.push(message);
        load();
      };
      this.#fit = () => {
        box.style.setProperty('--more', `${150 + (count('tracks') && 29 + count('tracks') * 56) + Math.ceil(count('controls') / 2) * 50}px`);
        // What is no number leaves it as it was, which is without one.
        box.style.height = '';
        box.style.height = `${parseInt(get('height'))}px`;
        caption.textContent = get('caption');
        aim();
      };
      this.#on = () => {
        addEventListener('message', hear);
        near.observe(this);
        // Sites have their theme at the one or at the other.
        for (const root of [document.documentElement, document.body]) themes.observe(root, { attributes: true });
        // What stands in it is not there before the page is.
        if (document.readyState === 'loading') addEventListener('DOMContentLoaded', still);
        else still();
        return () => {
          removeEventListener('message', hear);
          near.disconnect();
          themes.disconnect();
          frame?.remove();
          frame = box.className = '';
        };
      };
      root.adoptedStyleSheets = [css];
      box.append(slot);
      root.append(box, caption);
    }

    connectedCallback() {
      this.#fit();
      this.#off = this.#on();
    }

    disconnectedCallback() {
      this.#off();
    }

    attributeChangedCallback() {
      this.#fit();
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
