// A text with facts in it: `{{ key }}` is shown as a chip with today's value. The textarea beneath stays what the form
// sends; it is written after every change and never while an input method is composing a letter.
(() => {
  "use strict";
  const FACT = /\{\{ *([a-z][a-z0-9_]*) *(?:@ *(\d{4}-\d{2}-\d{2}))? *\}\}/;
  const books = new Map(); // address -> promise of what the site knows of its facts
  const dated = new Map();
  let known = {}; // the facts, once they are here: for summaries of closed blocks

  const load = (url) => {
    if (!books.has(url)) {
      const asked = fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } })
        .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))));
      asked.then((book) => { known = book.facts; }, () => books.delete(url));
      books.set(url, asked);
    }
    return books.get(url);
  };
  const ofDay = (url, key, on) => {
    const address = `${url}?key=${encodeURIComponent(key)}&on=${encodeURIComponent(on)}`;
    if (!dated.has(address)) dated.set(address, fetch(address, { credentials: "same-origin" }).then((one) => one.json()));
    return dated.get(address);
  };

  const pieces = (text) => {
    const found = [];
    let rest = text;
    for (let match = FACT.exec(rest); match; match = FACT.exec(rest)) {
      if (match.index) found.push({ text: rest.slice(0, match.index) });
      found.push({ fact: match[0], key: match[1], on: match[2] || "" });
      rest = rest.slice(match.index + match[0].length);
    }
    if (rest) found.push({ text: rest });
    return found;
  };
  const printed = (text) =>
    pieces(text).map((one) => (one.fact ? (!one.on && known[one.key] && known[one.key].value) || one.fact : one.text)).join("");

  const chipElement = ({ fact, key, on }) => {
    const chip = document.createElement("span");
    chip.className = "loa-fact";
    chip.contentEditable = "false";
    chip.setAttribute("role", "img");
    Object.assign(chip.dataset, { fact, key, on });
    chip.textContent = key;
    return chip;
  };

  // What a piece of the field says, as it is written in an article.
  const written = (node, whole = true) => {
    let text = "";
    const children = [...node.childNodes];
    children.forEach((one, index) => {
      if (one.nodeType === Node.TEXT_NODE) text += one.data;
      else if (one.nodeType !== Node.ELEMENT_NODE) return;
      else if (one.dataset.fact) text += one.dataset.fact;
      else if (one.tagName === "BR") text += whole && index === children.length - 1 ? "" : "\n";
      else text += (/^(DIV|P|LI)$/.test(one.tagName) && text && !text.endsWith("\n") ? "\n" : "") + written(one, false);
    });
    return text;
  };

  class FactText extends window.StimulusModule.Controller {
    static values = { url: String, lines: Boolean };

    connect() {
      const source = this.element;
      this.field = document.createElement("div");
      this.field.className = "loa-text__field";
      Object.assign(this.field.dataset, { placeholder: source.placeholder || "" });
      this.field.setAttribute("role", "textbox");
      this.field.setAttribute("aria-multiline", "true");
      this.field.spellcheck = false;
      this.field.style.minHeight = `calc(${source.rows || 1} * 1.5em + 0.85rem)`;
      this.about = document.createElement("div");
      this.about.className = "loa-text__about";
      this.about.setAttribute("aria-live", "polite");
      this.button = document.createElement("button");
      this.button.type = "button";
      this.button.className = "button button-small button-secondary loa-text__insert";
      this.button.hidden = true;
      this.box = document.createElement("div");
      this.box.className = "loa-text";
      this.box.append(this.field, this.button, this.about);
      source.after(this.box);
      source.classList.add("loa-text__source");
      source.tabIndex = -1;
      this.name();
      this.copyState();
      this.show(source.value);
      this.listen();
      load(this.urlValue).then((book) => this.ready(book), () => this.failed());
    }

    disconnect() {
      this.watcher.disconnect();
      window.clearTimeout(this.pause);
      window.clearTimeout(this.opening);
      document.removeEventListener("selectionchange", this.onSelect);
      document.removeEventListener("submit", this.onSend, true);
      document.removeEventListener("w-autosave:save", this.onAutosave, true);
      this.source("focus", this.onFocus, false);
      this.source("change", this.onChange, false);
      this.element.classList.remove("loa-text__source");
      this.element.removeAttribute("tabindex");
      this.box.remove();
    }

    source(name, listener, on = true) {
      this.element[on ? "addEventListener" : "removeEventListener"](name, listener);
    }

    listen() {
      const on = (name, what) => this.field.addEventListener(name, what.bind(this));
      on("beforeinput", this.beforeInput);
      on("input", this.input);
      on("compositionend", this.input);
      on("paste", this.paste);
      on("copy", this.copy);
      on("cut", this.cut);
      on("drop", (event) => event.preventDefault());
      on("click", this.click);
      on("focus", () => this.element.dispatchEvent(new Event("focus")));
      on("blur", () => {
        this.said("");
        this.sync();
        this.element.dispatchEvent(new Event("blur"));
        if (this.changed) this.element.dispatchEvent(new Event("change", { bubbles: true }));
        this.changed = false;
      });
      this.button.addEventListener("mousedown", (event) => event.preventDefault()); // the caret stays where it is
      this.button.addEventListener("click", () => this.choose());
      this.onFocus = (event) => { if (event.isTrusted || event.detail === "label") this.field.focus(); };
      this.onChange = () => { if (this.element.value !== written(this.field)) this.show(this.element.value); };
      this.onSelect = () => this.selected();
      this.source("focus", this.onFocus);
      this.source("change", this.onChange);
      document.addEventListener("selectionchange", this.onSelect);
      this.onSend = () => this.sync();
      document.addEventListener("submit", this.onSend, true);
      this.onAutosave = () => this.sync(this.settled());
      document.addEventListener("w-autosave:save", this.onAutosave, true);
      this.watcher = new MutationObserver(() => this.copyState());
      this.watcher.observe(this.element, { attributeFilter: ["aria-invalid", "aria-describedby", "disabled", "readonly"] });
    }

    // An item of a list has no label of its own: it is called as the list is.
    ofList() {
      const list = this.element.closest("[data-streamfield-child]")?.parentElement.closest("[data-contentpath]");
      return list?.querySelector(".w-field__label")?.textContent.replace("*", "").trim();
    }

    name() {
      const label = this.element.id && document.querySelector(`label[for="${CSS.escape(this.element.id)}"]`);
      if (label) {
        label.id ||= `${this.element.id}-label`;
        this.field.setAttribute("aria-labelledby", label.id);
      } else {
        const near = this.element.getAttribute("aria-label") || this.element.placeholder
          || this.element.closest(".w-panel")?.querySelector("[data-panel-heading-text]")?.textContent.trim()
          || this.ofList() || this.element.name;
        this.field.setAttribute("aria-label", near);
      }
    }

    copyState() {
      for (const name of ["aria-invalid", "aria-describedby"]) {
        const value = this.element.getAttribute(name);
        if (value) this.field.setAttribute(name, value);
        else this.field.removeAttribute(name);
      }
      const locked = this.element.disabled || this.element.readOnly;
      this.field.contentEditable = locked ? "false" : "true";
      this.field.setAttribute("aria-disabled", String(locked));
      this.field.tabIndex = 0;
    }

    show(text) {
      this.field.replaceChildren(...pieces(text).map((one) => (one.fact ? chipElement(one) : document.createTextNode(one.text))));
      this.finish();
      this.dress();
    }

    // A caret can stand behind a chip at the end only when something follows it.
    finish() {
      const last = this.field.lastChild;
      if (last && last.nodeType === Node.ELEMENT_NODE && last.dataset.fact) this.field.append(document.createElement("br"));
    }

    ready(book) {
      this.book = book;
      this.button.textContent = book.words.insert;
      this.button.hidden = false;
      this.button.title = book.words.keys;
      this.dress();
    }

    failed() {
      this.said(""); // chips keep their keys: a text can be written without the values
    }

    dress() {
      if (!this.book) return;
      for (const chip of this.field.querySelectorAll("[data-fact]")) {
        const { key, on } = chip.dataset;
        if (on) ofDay(this.urlValue, key, on).then((one) => this.dressOne(chip, one), () => {});
        else this.dressOne(chip, this.book.facts[key] || { key, unknown: true, about: this.book.words.unknown });
      }
    }

    dressOne(chip, one) {
      const { key, on } = chip.dataset;
      const good = Boolean(one.value);
      chip.classList.toggle("loa-fact--bad", !good);
      chip.classList.toggle("loa-fact--changing", Boolean(one.next));
      chip.classList.toggle("loa-fact--pending", Boolean(one.pending));
      const said = good ? one.value : key;
      if (chip.textContent !== said) chip.textContent = said;
      const about = [one.about, `{{ ${key}${on ? ` @${on}` : ""} }}`].filter(Boolean).join(" · ");
      chip.title = about;
      chip.setAttribute("aria-label", good ? `${one.value} (${[one.label, one.pending].filter(Boolean).join("; ")})` : `${key}: ${one.about || ""}`);
    }

    said(words) {
      if (this.about.textContent !== words) this.about.textContent = words;
    }

    selected() {
      const selection = document.getSelection();
      if (!selection.rangeCount || !this.field.contains(selection.anchorNode)) return;
      const within = selection.isCollapsed && selection.anchorNode.nodeType === Node.TEXT_NODE
        && selection.anchorNode.parentElement.closest("[data-fact]");
      if (within) { // a click beside a last chip ends up in it, where nothing can be typed
        const after = selection.anchorOffset > 0 || !within.previousSibling;
        const place = [...this.field.childNodes].indexOf(within) + (after ? 1 : 0);
        selection.collapse(this.field, place);
        return;
      }
      this.range = selection.getRangeAt(0).cloneRange();
      const inside = this.range.cloneContents().querySelectorAll("[data-fact]");
      this.said(inside.length === 1 ? inside[0].title : "");
    }

    click(event) {
      const chip = event.target.closest("[data-fact]");
      if (!chip) return;
      const range = document.createRange();
      range.selectNode(chip);
      const selection = document.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
    }

    beforeInput(event) {
      const mark = { formatBold: "**", formatItalic: "*" }[event.inputType];
      if (mark) {
        const inner = written(document.getSelection().getRangeAt(0).cloneContents(), false);
        event.preventDefault();
        this.write(`${mark}${inner}${mark}`);
      } else if (/^format|^insert(FromDrop|Link|.*List|HorizontalRule)/.test(event.inputType)) event.preventDefault();
      else if (/^insert(Paragraph|LineBreak)$/.test(event.inputType) && !this.breaking) {
        event.preventDefault(); // a paragraph is one line, an item too
        if (this.linesValue) this.break();
        else if (this.book) this.said(this.book.words.line);
      }
    }

    input(event) {
      if (event.isComposing) return this.later(); // reading disturbs no input method
      window.clearTimeout(this.opening); // who types the key right away is not disturbed
      if (event.inputType === "insertText" && event.data === "{" && this.opened()) {
        this.sync(this.settled());
        this.opening = window.setTimeout(() => { if (this.opened()) this.choose(); }, 350);
        return undefined;
      }
      this.closed();
      if (/^history/.test(event.inputType || "")) this.dress();
      return this.later();
    }

    // Writing into the textarea ends the group of letters that undo takes back at once: so after a pause.
    later() {
      window.clearTimeout(this.pause);
      this.pause = window.setTimeout(() => this.sync(this.settled()), 150);
    }

    // Where a text may have several lines.
    break() {
      this.breaking = true;
      document.execCommand("insertLineBreak");
      this.breaking = false;
    }

    // `{{` right before the caret?
    opened() {
      const { anchorNode: node, anchorOffset: at } = document.getSelection();
      if (!node || node.nodeType !== Node.TEXT_NODE || node.data.slice(at - 2, at) !== "{{" || !this.book) return false;
      const range = document.createRange();
      range.setStart(node, at - 2);
      range.setEnd(node, at);
      this.range = range;
      return true;
    }

    // A placeholder that was typed to its end becomes a chip.
    closed() {
      const { anchorNode: node } = document.getSelection();
      if (!node || node.nodeType !== Node.TEXT_NODE || !this.field.contains(node)) return;
      const match = FACT.exec(node.data);
      if (!match) return;
      const range = document.createRange();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      this.select(range);
      this.put({ fact: match[0], key: match[1], on: match[2] || "" });
    }

    // While somebody types `{{ luong_`, what is checked and saved by itself is the text without that beginning.
    settled() {
      const text = written(this.field);
      const { anchorNode: node, anchorOffset: at, isCollapsed } = document.getSelection();
      if (!isCollapsed || !node || node.nodeType !== Node.TEXT_NODE || !this.field.contains(node)) return text;
      const begun = /\{\{?[^{}]*$/.exec(node.data.slice(0, at));
      if (!begun) return text;
      const before = document.createRange();
      before.selectNodeContents(this.field);
      before.setEnd(node, begun.index);
      const after = document.createRange();
      after.selectNodeContents(this.field);
      after.setStart(node, at);
      const rest = written(after.cloneContents());
      return /^[^{}]*\}\}/.test(rest) ? text : written(before.cloneContents(), false) + rest;
    }

    sync(text = written(this.field)) {
      window.clearTimeout(this.pause);
      if (text === this.element.value) return;
      this.element.value = text;
      this.changed = true;
      this.element.dispatchEvent(new Event("input", { bubbles: true }));
      this.element.dispatchEvent(new Event("keyup"));
    }

    select(range) {
      const selection = document.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
    }

    // Through the browser's own editing, so that undo knows of it.
    put(one) {
      const before = this.field.querySelectorAll("[data-fact]").length;
      document.execCommand("insertHTML", false, chipElement(one).outerHTML);
      if (this.field.querySelectorAll("[data-fact]").length < before) this.show(written(this.field));
      for (const stray of this.field.querySelectorAll("span:not([data-fact]), font, b, i")) stray.replaceWith(...stray.childNodes);
      if (this.field.lastChild && this.field.lastChild.dataset && this.field.lastChild.dataset.fact) {
        const chip = this.field.lastChild;
        this.finish();
        const range = document.createRange();
        range.setStartAfter(chip);
        this.select(range);
      }
      this.dress();
    }

    write(text) {
      for (const one of pieces(text)) {
        if (one.fact) this.put(one);
        else one.text.split("\n").forEach((line, index) => {
          if (index) this.break();
          if (line) document.execCommand("insertText", false, line);
        });
      }
      this.sync();
    }

    paste(event) {
      event.preventDefault();
      const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
      this.write(this.linesValue ? text : text.replace(/\s*\n\s*/g, " "));
    }

    copy(event) {
      const selection = document.getSelection();
      if (!selection.rangeCount || selection.isCollapsed) return;
      event.preventDefault();
      event.clipboardData.setData("text/plain", written(selection.getRangeAt(0).cloneContents(), false));
    }

    cut(event) {
      this.copy(event);
      if (event.defaultPrevented) document.execCommand("delete");
    }

    choose() {
      const range = this.range && this.field.contains(this.range.startContainer) ? this.range : null;
      const modal = new window.ModalWorkflow({
        url: this.book.chooser,
        triggerElement: this.field,
        onload: window.CHOOSER_MODAL_ONLOAD_HANDLERS,
        responses: { chosen: (one) => { chosen = one; modal.close(); } },
      });
      let chosen = null;
      modal.container.on("hidden.bs.modal", () => {
        this.field.focus();
        if (range) this.select(range);
        else {
          document.getSelection().selectAllChildren(this.field);
          document.getSelection().collapseToEnd();
        }
        if (chosen) this.insert(chosen.chip);
        else document.getSelection().collapseToEnd();
        this.sync();
      });
    }

    insert(one) {
      this.book.facts[one.key] = one;
      const range = document.getSelection().getRangeAt(0);
      const { startContainer: node, startOffset: at } = range;
      const before = node.nodeType === Node.TEXT_NODE ? node.data.slice(0, at) : "";
      if (/[\p{L}\p{N},.:;]$/u.test(before)) this.write(" ");
      this.put({ fact: `{{ ${one.key} }}`, key: one.key, on: "" });
    }
  }

  window.wagtail.app.register("loa-text", FactText);

  // In a stream a closed block is named by its texts: with their values.
  const Widget = window.telepath && window.telepath.constructors && window.telepath.constructors["wagtail.widgets.Widget"];
  if (Widget) {
    const Bound = Widget.prototype.boundWidgetClass || new Widget("").boundWidgetClass;
    class BoundFactText extends Bound {
      getValueForLabel() {
        return printed(this.getValue()).replace(/\*\*|__/g, "");
      }

      setState(state) {
        super.setState(state);
        this.input.dispatchEvent(new Event("change"));
      }

      focus() {
        const field = this.input.parentElement && this.input.parentElement.querySelector(".loa-text__field");
        (field || this.input).focus();
      }
    }
    class FactTextWidget extends Widget {
      boundWidgetClass = BoundFactText;
    }
    window.telepath.register("loa.widgets.FactText", FactTextWidget);
  }
})();
