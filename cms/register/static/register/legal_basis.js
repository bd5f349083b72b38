// A legal basis line by line: each says where its document stands today; the register offers others.
(() => {
  "use strict";
  class LegalBasis extends window.StimulusModule.Controller {
    static values = { url: String };

    connect() {
      this.list = document.createElement("ul");
      this.list.className = "loa-legal";
      this.list.setAttribute("aria-live", "polite");
      this.button = document.createElement("button");
      this.button.type = "button";
      this.button.className = "button button-small button-secondary";
      this.button.hidden = true;
      this.button.addEventListener("click", () => this.choose());
      this.element.after(this.list, this.button);
      this.onInput = () => {
        window.clearTimeout(this.pause);
        this.pause = window.setTimeout(() => this.ask(), 500);
      };
      this.element.addEventListener("input", this.onInput);
      this.ask();
    }

    disconnect() {
      window.clearTimeout(this.pause);
      this.element.removeEventListener("input", this.onInput);
      this.list.remove();
      this.button.remove();
    }

    async ask() {
      const query = new URLSearchParams();
      for (const line of this.element.value.split("\n").map((one) => one.trim()).filter(Boolean)) query.append("text", line);
      const answer = await fetch(`${this.urlValue}?${query}`, { credentials: "same-origin" });
      if (!answer.ok) return;
      const { lines, chooser, words } = await answer.json();
      this.chooser = chooser;
      this.button.textContent = words.choose;
      this.button.hidden = this.element.disabled || this.element.readOnly;
      this.list.replaceChildren(...lines.map((line) => this.item(line)));
    }

    item(line) {
      const item = document.createElement("li");
      item.className = `loa-legal__one loa-legal__one--${line.state}`;
      const name = document.createElement("strong");
      name.textContent = line.text;
      const about = document.createElement("span");
      about.textContent = line.about;
      item.append(name, " ", about);
      return item;
    }

    choose() {
      let chosen = "";
      const modal = new window.ModalWorkflow({
        url: this.chooser,
        triggerElement: this.button,
        onload: window.CHOOSER_MODAL_ONLOAD_HANDLERS,
        responses: { chosen: (one) => { chosen = one.title; modal.close(); } },
      });
      modal.container.on("hidden.bs.modal", () => {
        if (!chosen) return;
        this.element.value = [this.element.value.trimEnd(), chosen].filter(Boolean).join("\n");
        this.element.dispatchEvent(new Event("input", { bubbles: true }));
        this.element.dispatchEvent(new Event("change", { bubbles: true }));
        this.element.focus(); // the article of the law is typed behind it: ", Điều 21"
        this.element.setSelectionRange(this.element.value.length, this.element.value.length);
      });
    }
  }
  window.wagtail.app.register("loa-legal", LegalBasis);
})();
