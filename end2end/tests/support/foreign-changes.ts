// What others do to the markup of a page: password managers, translators, highlighters, minifiers, filters, extensions. Each is
// a function that runs in the page, before the WebAssembly takes the page over, and again after it and after each change of
// the page.

export interface ForeignChange {
  change: () => void;
  /** The change destroys what it would touch on a page that the WebAssembly has taken over: it is made before only. */
  isBeforeOnly?: boolean;
}

export const foreignChanges: Record<string, ForeignChange> = {
  'an element after each input': {
    change: () => {
      for (const input of document.querySelectorAll('input')) {
        if (input.nextElementSibling?.localName !== 'foreign-icon') input.after(document.createElement('foreign-icon'));
      }
    },
  },
  'an element first and last in the body, in the form and in main': {
    change: () => {
      for (const parent of document.querySelectorAll('body, form, main')) {
        if (parent.firstElementChild?.localName === 'foreign-bar') continue;
        parent.prepend(document.createElement('foreign-bar'));
        parent.append(document.createElement('foreign-bar'));
      }
    },
  },
  'words translated into <font>': {
    change: () => {
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found: Text[] = [];
      while (texts.nextNode()) found.push(texts.currentNode as Text);
      for (const text of found) {
        const parent = text.parentElement!;
        if (!text.data.trim() || ['font', 'script', 'style', 'noscript', 'option', 'textarea'].includes(parent.localName)) continue;
        const outer = document.createElement('font');
        outer.append(document.createElement('font'));
        outer.firstElementChild!.textContent = text.data;
        text.replaceWith(outer);
      }
    },
  },
  'comments stripped': {
    change: () => {
      const comments = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
      const found: Comment[] = [];
      while (comments.nextNode()) found.push(comments.currentNode as Comment);
      for (const comment of found) comment.remove();
    },
  },
  'whitespace minified': {
    change: () => {
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found: Text[] = [];
      while (texts.nextNode()) found.push(texts.currentNode as Text);
      for (const text of found) {
        if (text.data.trim()) text.data = text.data.replace(/\s+/g, ' ');
        else text.remove();
      }
    },
  },
  'the whole page wrapped in another element': {
    change: () => {
      const app = document.getElementById('app');
      if (!app || app.parentElement?.localName === 'foreign-page') return;
      const page = document.createElement('foreign-page');
      app.replaceWith(page);
      page.append(app);
    },
  },
  'inputs replaced by clones': {
    change: () => {
      for (const input of document.querySelectorAll('input')) {
        const clone = input.cloneNode() as HTMLInputElement;
        clone.value = input.value;
        input.replaceWith(clone);
      }
    },
    isBeforeOnly: true,
  },
  'elements removed': {
    change: () => {
      for (const element of document.querySelectorAll('.aside, .lead, .hint, .logo, .brand, #boot-notice, [role=status]')) element.remove();
    },
    isBeforeOnly: true,
  },
  'texts and hints removed': {
    change: () => {
      for (const element of document.querySelectorAll('.aside, .lead, .hint, .logo')) element.remove();
    },
  },
  'attributes added everywhere': {
    change: () => {
      for (const element of document.querySelectorAll<HTMLElement>('*')) {
        element.setAttribute('data-foreign', 'true');
        element.classList.add('foreign');
        element.style.setProperty('--foreign', '1');
        if (element.matches('input')) element.setAttribute('fdprocessedid', 'x');
      }
      document.documentElement.lang = 'de';
    },
  },
  'frames and an open shadow root added': {
    change: () => {
      if (document.querySelector('iframe')) return;
      for (const parent of [document.body, document.documentElement, document.querySelector('main')!]) {
        const frame = document.createElement('iframe');
        frame.hidden = true;
        parent.append(frame);
      }
      const host = document.createElement('foreign-host');
      host.attachShadow({ mode: 'open' }).append(document.createElement('input'));
      document.body.prepend(host);
    },
  },
  'words highlighted with <mark>': {
    change: () => {
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found: Text[] = [];
      while (texts.nextNode()) found.push(texts.currentNode as Text);
      for (const text of found) {
        const parent = text.parentElement!;
        if (text.data.trim().length < 4 || ['mark', 'script', 'style', 'noscript'].includes(parent.localName)) continue;
        if (parent.querySelector(':scope > mark')) continue;
        const [word] = /\S+/.exec(text.data)!;
        const range = document.createRange();
        range.setStart(text, text.data.indexOf(word));
        range.setEnd(text, text.data.indexOf(word) + word.length);
        range.surroundContents(document.createElement('mark'));
      }
    },
  },
  'the data, the scripts and the head removed': {
    change: () => {
      for (const element of document.querySelectorAll('script, meta:not([charset])')) element.remove();
    },
    isBeforeOnly: true,
  },
  'the body parsed again': {
    change: () => {
      document.body.innerHTML = String(document.body.innerHTML);
    },
    isBeforeOnly: true,
  },
};
