// The editor's side of previews: they are drawn anew as soon as the keys rest, and an error leads to its block.
"use strict";

(() => {
  const RESTS_MS = 120; // after the last key
  const form = document.querySelector("[data-edit-form]");
  const preview = document.querySelector('[data-controller="w-preview"]');
  if (!form) return;

  // --- as soon as the keys rest -------------------------------------------------------------------------------------
  // Wagtail asks twice a second whether the form has changed and waits as long again; a key tells it at once.
  if (preview) {
    let timer = 0;
    let drawn = "";
    const mode = () => preview.querySelector("#id_preview_mode")?.value ?? "";
    const said = () => {
      const data = new FormData(form);
      const pairs = [...data.entries()].filter(
        ([name, value]) => typeof value === "string" && !/^(csrfmiddlewaretoken|loaded_revision|next$|comments-|preview[-_])/.test(name),
      );
      return `${mode()}\n${new URLSearchParams(pairs)}`;
    };
    const stale = (event) => {
      // A text with chips writes what was typed into its field after a rest of its own.
      if (event.target.closest(".loa-text__field")) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        preview.setAttribute("data-w-preview-stale-value", "false");
        preview.setAttribute("data-w-preview-stale-value", "true");
      }, event.target.matches(".loa-text__source") ? 0 : RESTS_MS);
    };
    form.addEventListener("input", stale);
    form.addEventListener("change", stale);
    // Wagtail forgets a product that is chosen while another is being drawn.
    preview.addEventListener("change", stale);
    preview.addEventListener("w-preview:load", () => { drawn = `${mode()}${drawn.slice(drawn.indexOf("\n"))}`; });
    // What is as it was when it was drawn is not drawn again.
    preview.addEventListener("w-preview:update", (event) => {
      const now = said();
      if (now === drawn || !preview.closest("[data-side-panel]") || preview.closest("[data-side-panel]").hidden) {
        event.preventDefault();
        if (now === drawn) preview.setAttribute("data-w-preview-stale-value", "false");
        return;
      }
      drawn = now;
    });
    preview.addEventListener("w-preview:error", () => { drawn = ""; });
    preview.addEventListener("w-preview:json", (event) => { if (!event.detail.data.is_valid) drawn = ""; });
  }

  // --- to a block ---------------------------------------------------------------------------------------------------
  const find = (path) => {
    let found = form;
    for (const part of path.split(".")) {
      const next = found.querySelector(`[data-contentpath="${CSS.escape(part)}"]`);
      if (!next) break;
      found = next;
    }
    return found === form ? null : found;
  };
  const reveal = (element) => {
    for (let one = element; one && one !== form; one = one.parentElement) {
      if (one.matches('[role="tabpanel"][hidden]')) {
        const tab = document.querySelector(`[role="tab"][aria-controls="${CSS.escape(one.id)}"], [role="tab"][href="#${CSS.escape(one.id)}"]`);
        if (tab) tab.click();
      }
      if (one.matches("section.w-panel.collapsed, section[data-panel].collapsed")) {
        const toggle = one.querySelector("[data-panel-toggle]");
        if (toggle) toggle.click();
      }
      if (one.hasAttribute("hidden") && one.id) {
        const toggle = document.querySelector(`[data-panel-toggle][aria-controls="${CSS.escape(one.id)}"]`);
        if (toggle && toggle.getAttribute("aria-expanded") === "false") toggle.click();
      }
    }
  };
  const go = (path) => {
    const element = find(path);
    if (!element) return false;
    reveal(element);
    element.scrollIntoView({ block: "center", behavior: "instant" });
    const field = element.querySelector("textarea, input:not([type=hidden]), select, [contenteditable=true], button");
    if (field) field.focus({ preventScroll: true });
    element.classList.add("loa-here");
    setTimeout(() => element.classList.remove("loa-here"), 1600);
    return true;
  };
  window.loaGoTo = go;
  window.loaFind = find;

  window.addEventListener("message", (event) => {
    if (event.origin === window.location.origin && event.data && typeof event.data.loaPlace === "string") go(event.data.loaPlace);
  });
  const wished = decodeURIComponent(window.location.hash.slice(1));
  if (/^[a-z_]+(\.[\w-]+)*$/.test(wished)) window.addEventListener("load", () => setTimeout(() => go(wished), 400));
})();
