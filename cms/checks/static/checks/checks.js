// The live checks: what stands in the form is looked at soon after the keys rest; a finding leads to its field and mends it.
"use strict";

(() => {
  const OPEN_MS = 350;
  const CLOSED_MS = 1200; // nobody looks: only the number on the button
  const form = document.querySelector("[data-edit-form]");
  const box = document.querySelector("[data-loa-checks]");
  if (!form || !box) return;
  const panel = box.closest("[data-side-panel]");
  const findings = box.querySelector("[data-loa-findings]");
  const state = box.querySelector("[data-loa-state]");
  const counter = document.querySelector('[data-side-panel-toggle="checks"] [data-side-panel-toggle-counter]');

  let timer = 0;
  let asked = null;
  let last = "";

  const data = () => {
    const pairs = [...new FormData(form).entries()].filter(
      ([name, value]) => typeof value === "string" && !name.startsWith("comments-") && name !== "next",
    );
    return new URLSearchParams(pairs);
  };
  const look = async () => {
    const sent = data();
    if (sent.toString() === last) return;
    if (asked) asked.abort();
    asked = new AbortController();
    const mine = asked;
    state.textContent = box.dataset.busy;
    try {
      const answer = await fetch(box.dataset.loaChecks, {
        method: "POST",
        body: sent,
        credentials: "same-origin",
        signal: mine.signal,
      });
      if (answer.status === 503) {
        timer = setTimeout(look, 900);
        return;
      }
      if (!answer.ok) throw new Error(answer.status);
      const text = await answer.text();
      if (asked !== mine) return;
      last = sent.toString();
      show(text);
      state.textContent = "";
    } catch (error) {
      if (error.name !== "AbortError") state.textContent = box.dataset.lost;
    }
  };
  const show = (text) => {
    const open = new Set([...findings.querySelectorAll("details[open] summary")].map((one) => one.textContent));
    findings.innerHTML = text; // of this site's own making, every word of it escaped
    findings.querySelectorAll("details").forEach((one) => {
      if (open.has(one.querySelector("summary").textContent)) one.open = true;
    });
    const count = Number(findings.querySelector("[data-loa-count]").dataset.loaCount);
    tell();
    if (counter) {
      counter.textContent = String(count);
      counter.hidden = count === 0;
    }
  };
  // Where a preview cannot be drawn, what must be mended first is told there too.
  const banner = document.querySelector("#w-preview-error-banner .w-preview__error-details");
  const words = banner ? banner.textContent : "";
  const preview = document.querySelector('[data-controller="w-preview"]');
  const tell = () => {
    if (!banner) return;
    const found = [...findings.querySelectorAll(".loa-finding--error")].slice(0, 3);
    banner.textContent = found.length ? "" : words;
    found.forEach((one) => {
      const line = document.createElement("span");
      line.className = "loa-banner-line";
      line.textContent = one.querySelector(".loa-finding__what").lastChild.textContent.trim();
      const said = one.querySelector("h3 + p");
      if (!one.querySelector(".loa-finding__level") && said) line.textContent = said.textContent;
      const place = one.querySelector("a[data-place]");
      if (place) line.append(" ", place.cloneNode(true));
      banner.append(line);
    });
  };
  if (banner) {
    banner.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-place]");
      if (!link) return;
      event.preventDefault();
      shut();
      if (window.loaGoTo) window.loaGoTo(link.dataset.place);
    });
  }
  if (preview) {
    preview.addEventListener("w-preview:json", (event) => {
      if (event.detail.data.is_valid) return;
      clearTimeout(timer);
      look();
    });
  }

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, panel.hidden ? CLOSED_MS : OPEN_MS);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  document.addEventListener("w-unsaved:add", soon); // a block was added, moved or taken out
  panel.addEventListener("show", () => { clearTimeout(timer); look(); });
  window.addEventListener("load", () => { timer = setTimeout(look, 600); });

  const shut = () => {
    // On a phone the panel lies over the form.
    const close = document.querySelector("[data-form-side-close-button]");
    if (window.innerWidth < 800 && close) close.click();
  };
  const put = (button) => {
    const place = window.loaFind && window.loaFind(button.dataset.place);
    if (!place) return;
    const { find, put: text } = button.dataset;
    const bare = (one) => one.replace(/\u00a0/g, " ");
    for (const field of place.querySelectorAll("textarea, input[type=text]")) {
      const at = bare(field.value).indexOf(bare(find));
      if (at < 0) continue;
      let value = field.value.slice(0, at) + text + field.value.slice(at + find.length);
      if (!text) value = value.replace(/ {2,}/g, " ").trim();
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
      break;
    }
    clearTimeout(timer);
    look();
  };
  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-find]");
    if (button) {
      put(button);
      return;
    }
    const link = event.target.closest("a[data-place]");
    if (link) {
      event.preventDefault();
      shut();
      if (window.loaGoTo) window.loaGoTo(link.dataset.place);
      return;
    }
    const read = event.target.closest("[data-loa-preview]");
    if (read) {
      const mode = document.querySelector("#id_preview_mode");
      document.querySelector('[data-side-panel-toggle="preview"]').click();
      if (mode && mode.value !== read.dataset.loaPreview) {
        mode.value = read.dataset.loaPreview;
        mode.dispatchEvent(new Event("change", { bubbles: true }));
      }
    }
  });
})();
