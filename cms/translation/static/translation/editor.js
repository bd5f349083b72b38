// The translator's screen: each text is saved by itself while it is typed; what is refused or meanwhile changed by
// somebody else is shown beside it, and what could not be sent waits in this browser.
(() => {
  "use strict";
  const root = document.getElementById("loa-tr");
  if (!root) return;
  const words = (name) => root.getAttribute(`data-words-${name}`);
  const csrf = root.querySelector("[name=csrfmiddlewaretoken]").value;
  const make = (tag, text, className) => Object.assign(document.createElement(tag), { textContent: text || "", className: className || "" });
  const plain = (text) => text.normalize("NFC").replace(/[ \t\r\n]+/g, " ").trim();
  const PAUSE = 900; // ms after the last key
  let last = null; // the field that letters go into

  class Segment {
    constructor(element) {
      this.element = element;
      this.path = element.dataset.path;
      this.base = element.dataset.base;
      this.tokens = element.dataset.tokens ? element.dataset.tokens.split("\n").map((line) => {
        const [token, ...value] = line.split("|");
        return { token, value: value.join("|") };
      }) : [];
      this.area = element.querySelector("textarea");
      this.kept = plain(this.area.value);
      this.key = `loa-tr ${root.dataset.save} ${this.path}`;
      this.area.addEventListener("input", () => this.typed());
      this.area.addEventListener("change", () => this.typed());
      element.addEventListener("focusin", () => { last = this; });
      const reuse = this.part("reuse");
      if (reuse) reuse.addEventListener("click", () => { this.write(this.part("old").dataset.text); this.field().focus(); });
      const waiting = window.localStorage.getItem(this.key);
      if (waiting !== null && plain(waiting) !== this.kept) {
        this.write(waiting);
        this.later();
      } else window.localStorage.removeItem(this.key);
      this.tray();
    }

    part(role) { return this.element.querySelector(`[data-role="${role}"]`); }
    field() { return this.element.querySelector(".loa-text__field") || this.area; }
    text() { return plain(this.area.value); }

    write(text) {
      this.area.value = text;
      this.area.dispatchEvent(new Event("change", { bubbles: true }));
      this.typed();
    }

    missing() {
      const left = [];
      let text = this.area.value;
      for (const one of this.tokens) {
        const at = text.indexOf(one.token);
        if (at < 0) left.push(one);
        else text = text.slice(0, at) + text.slice(at + one.token.length);
      }
      return left;
    }

    tray() {
      const tray = this.part("tray");
      const left = this.missing();
      tray.replaceChildren();
      if (!left.length) return;
      tray.append(make("span", words("missing")));
      for (const one of left) {
        const button = make("button", one.value);
        button.type = "button";
        button.title = one.token;
        button.setAttribute("aria-label", `${words("figure")}: ${one.value}`);
        button.addEventListener("mousedown", (event) => event.preventDefault()); // the caret stays where it is
        button.addEventListener("click", () => this.insert(one.token));
        tray.append(button);
      }
    }

    // At the caret when it stands in this field, else at its end; through the browser, so that undo knows.
    insert(text) {
      const field = this.field();
      const selection = document.getSelection();
      if (field === this.area) {
        this.area.focus();
        this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
        return this.typed();
      }
      if (!field.contains(selection.anchorNode)) {
        field.focus();
        selection.selectAllChildren(field);
        selection.collapseToEnd();
      }
      const data = new DataTransfer();
      data.setData("text/plain", text);
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      return this.typed();
    }

    typed() {
      this.tray();
      if (this.text() === this.kept) return;
      window.localStorage.setItem(this.key, this.area.value);
      this.later();
    }

    later() {
      window.clearTimeout(this.pause);
      this.pause = window.setTimeout(() => this.save(), PAUSE);
    }

    async save(extra = {}) {
      window.clearTimeout(this.pause);
      const text = this.text();
      if (text === this.kept && !extra.force) return;
      if (this.saving) { this.again = true; return; }
      this.saving = true;
      this.say(words("saving"));
      let answer = null;
      let sent = null;
      try {
        sent = await fetch(root.dataset.save, {
          method: "POST",
          credentials: "same-origin",
          headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
          body: JSON.stringify({ path: this.path, text, base: this.base, source: this.element.dataset.source, converted: Boolean(extra.converted) }),
        });
        answer = await sent.json();
      } catch (error) {
        this.say(words("offline"));
        this.pause = window.setTimeout(() => this.save(extra), 5000);
      }
      this.saving = false;
      if (answer) this.answered(sent, answer, text);
      if (this.again) { this.again = false; this.later(); }
    }

    answered(sent, answer, text) {
      this.clearChoice();
      if (sent.ok) {
        this.kept = text;
        this.base = answer.base;
        if (this.text() === text) window.localStorage.removeItem(this.key);
        this.say(words("saved"));
        this.findings(answer.findings);
        this.state(text ? "translated" : "missing");
        this.part("who").textContent = answer.who;
        progress(answer.progress);
        preview();
        root.dispatchEvent(new Event("loa-saved"));
      } else if (answer.conflict) this.conflict(answer.conflict);
      else if (answer.source_changed) this.moved(answer, text);
      else {
        this.say("");
        this.findings((answer.refused || []).map((one) => ({ level: "refused", words: one })));
        if (answer.conversion) this.offer(answer.conversion);
      }
    }

    say(text) { this.part("saved").textContent = text; }

    state(name) {
      this.element.className = `loa-seg loa-seg--${name}`;
      this.part("state").textContent = words(name === "missing" ? "empty" : "translated");
      const approval = this.part("approval");
      if (approval) approval.remove();
      for (const box of this.element.querySelectorAll(".loa-seg__sign")) box.remove(); // it was read as it stood before
    }

    findings(found) {
      this.part("findings").replaceChildren(...found.map((one) => make("li", one.words, `loa-finding loa-finding--${one.level}`)));
    }

    clearChoice() { this.element.querySelectorAll(".loa-seg__choice").forEach((one) => one.remove()); }

    choice(...parts) {
      const box = make("div", "", "loa-seg__choice");
      box.setAttribute("role", "alert");
      box.append(...parts);
      this.part("findings").after(box);
      return box;
    }

    button(text, act, secondary) {
      const button = make("button", text, `button button-small${secondary ? " button-secondary" : ""}`);
      button.type = "button";
      button.addEventListener("click", () => { this.clearChoice(); act(); });
      return button;
    }

    offer(made) {
      const before = make("p", `${words("before")}: ${made.before}`);
      const after = make("p", `${words("after")} (${made.encoding}): `);
      const strong = make("b", made.after);
      strong.lang = root.dataset.tag;
      after.append(strong);
      const parts = [before, after];
      if (made.unsure.length) parts.push(make("p", `${words("unsure")} ${made.unsure.join(", ")}`));
      this.choice(...parts, this.button(words("convert"), () => { this.write(made.after); this.save({ converted: true }); }));
    }

    // What was typed stands beside the new source when the page is loaded anew, as what its old source said; what could
    // not be kept so comes back in its field.
    moved(answer, text) {
      this.say("");
      if (answer.kept) { this.kept = text; window.localStorage.removeItem(this.key); }
      this.choice(
        make("p", answer.source_changed),
        make("p", text),
        this.button(words("reload"), () => window.location.reload()),
      );
    }

    conflict(theirs) {
      this.say("");
      const text = make("p", theirs.text || "–");
      text.lang = root.dataset.tag;
      this.choice(
        make("p", `${words("conflict")} ${theirs.who} ${theirs.at}`),
        text,
        this.button(words("theirs"), () => {
          this.base = theirs.base;
          this.kept = plain(theirs.text);
          window.localStorage.removeItem(this.key);
          this.write(theirs.text);
          this.state(theirs.text ? "translated" : "missing");
        }, true),
        this.button(words("mine"), () => { this.base = theirs.base; this.save({ force: true }); }),
      );
    }
  }

  const progress = (one) => {
    root.querySelector("[data-translated]").textContent = one.translated;
    root.querySelector("[data-approved]").textContent = one.approved;
    root.querySelector("[data-bar]").value = one.translated;
    const state = root.querySelector("[data-state-words]");
    state.textContent = one.words;
    state.className = `loa-tr__state loa-tr__state--${one.state}`;
    const done = root.querySelector("[data-hand-in]");
    if (done) done.disabled = one.translated < one.total;
  };

  const frame = root.querySelector("[data-frame]");
  const aside = root.querySelector(".loa-tr__preview");
  let drawing = 0;
  const preview = () => {
    if (!frame || aside.hidden) return;
    window.clearTimeout(drawing);
    drawing = window.setTimeout(() => {
      const mode = root.querySelector("[data-mode]").value;
      frame.src = `${root.dataset.preview}?mode=${encodeURIComponent(mode)}&t=${Date.now()}`;
    }, 100);
  };
  if (frame) {
    const toggle = root.querySelector("[data-show-preview]");
    toggle.addEventListener("click", () => {
      aside.hidden = !aside.hidden;
      toggle.setAttribute("aria-pressed", String(!aside.hidden));
      root.classList.toggle("loa-tr--beside", !aside.hidden);
      preview();
    });
    root.querySelector("[data-mode]").addEventListener("change", preview);
  }

  const begin = () => {
    if (root.dataset.locked === "1") return;
    const segments = [...root.querySelectorAll(".loa-seg")].map((one) => new Segment(one));
    for (const letter of root.querySelectorAll("[data-letter]")) {
      letter.addEventListener("mousedown", (event) => event.preventDefault());
      letter.addEventListener("click", () => (last || segments[0]).insert(letter.dataset.letter));
    }
    const unsent = () => segments.some((one) => one.text() !== one.kept && !one.missing().length);
    window.addEventListener("beforeunload", (event) => {
      segments.forEach((one) => one.save());
      if (unsent()) event.preventDefault();
    });
    // A form takes along what was typed last.
    for (const form of root.querySelectorAll("form")) {
      form.addEventListener("submit", async (event) => {
        if (!unsent()) return;
        event.preventDefault();
        await Promise.all(segments.map((one) => one.save()));
        form.submit();
      });
    }
  };
  const all = root.querySelector("[data-tick-all]");
  if (all) all.addEventListener("click", () => root.querySelectorAll("[name=segment]:not(:disabled)").forEach((one) => { one.checked = true; }));
  window.addEventListener("load", begin); // after the fields have their chips
})();
