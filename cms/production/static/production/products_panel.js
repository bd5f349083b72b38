// Keeps the panel of products fresh: draws what the server says, asks again while something is being made.
(() => {
  "use strict";
  const BUSY_MS = 1500;
  const IDLE_MS = 15000;

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  const start = (panel) => {
    const words = panel.dataset;
    let drawn = "";
    let timer = 0;

    const drawRow = (row) => {
      const item = element("li", `loa-product loa-product--${row.tone}`);
      item.dataset.product = row.product;
      item.dataset.status = row.status;
      item.append(element("span", "loa-product__name", row.label));
      const state = element("span", "loa-product__state", row.words);
      state.title = row.changed;
      item.append(state);
      const files = element("span", "loa-product__files");
      for (const file of row.files) {
        const link = element("a", "", `${file.label} · ${file.size}`);
        link.href = file.url;
        link.target = "_blank";
        link.rel = "noreferrer";
        link.title = words.wordNewTab;
        files.append(link);
      }
      item.append(files);
      if (row.may_retry) {
        const button = element("button", "button button-small button-secondary loa-product__retry", words.wordRetry);
        button.type = "button";
        button.addEventListener("click", () => retry(row.id, button));
        item.append(button);
      }
      if (row.warnings.length) {
        const list = element("ul", "loa-product__warnings");
        for (const warning of row.warnings) list.append(element("li", "", `${words.wordWarning}: ${warning}`));
        item.append(list);
      }
      return item;
    };

    const draw = (state) => {
      const text = JSON.stringify(state);
      if (text === drawn) return;
      drawn = text;
      panel.dataset.working = state.working;
      panel.querySelector("[data-headline]").textContent = state.headline;
      const page = panel.querySelector("[data-page-url]");
      page.hidden = !state.page_url;
      page.href = state.page_url;
      panel.querySelector("[data-retry-all]").hidden = !state.may_retry;
      const groups = panel.querySelector("[data-groups]");
      groups.replaceChildren();
      for (const group of state.groups) {
        groups.append(element("h3", "loa-products__group", `${group.language} · ${group.office}`));
        const rows = element("ul", "loa-products__rows");
        rows.append(...group.rows.map(drawRow));
        groups.append(rows);
      }
    };

    const later = (working) => {
      clearTimeout(timer);
      timer = setTimeout(ask, working ? BUSY_MS : IDLE_MS);
    };

    const take = async (response) => {
      if (!response.ok) throw new Error(response.status);
      const state = await response.json();
      draw(state);
      later(state.working);
    };

    const lost = () => {
      drawn = "";
      panel.querySelector("[data-headline]").textContent = words.wordLost;
      later(false);
    };

    const ask = () => {
      if (document.hidden) return later(false);
      return fetch(words.statesUrl, { headers: { Accept: "application/json" } }).then(take).catch(lost);
    };

    const retry = (state, button) => {
      button.disabled = true;
      const body = new URLSearchParams(state ? { state } : {});
      const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
      return fetch(words.retryUrl, { method: "POST", body, headers: { "X-CSRFToken": token } })
        .then(take)
        .catch(lost)
        .finally(() => { button.disabled = false; });
    };

    const all = panel.querySelector("[data-retry-all]");
    all.addEventListener("click", () => retry(null, all));
    document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
    const first = JSON.parse(document.getElementById("loa-products-state").textContent);
    draw(first);
    later(first.working);
  };

  const startAll = () => document.querySelectorAll("[data-loa-products]").forEach(start);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", startAll);
  else startAll();
})();
