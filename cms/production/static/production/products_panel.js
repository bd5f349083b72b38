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
    const played = new Set(); // what was listened to here: nothing is approved unheard by a slip of the hand
    let drawn = "";
    let timer = 0;

    const drawRow = (row) => {
      const item = element("li", `loa-product loa-product--${row.tone}`);
      item.dataset.product = row.product;
      item.dataset.status = row.status;
      item.append(element("span", "loa-product__name", row.label));
      const state = element("span", "loa-product__state", row.words);
      state.title = row.changed;
      if (row.listened) state.append(element("span", "loa-product__listened", row.listened));
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
      if (row.hear) item.append(drawHearing(row));
      if (row.warnings.length) {
        const list = element("ul", "loa-product__warnings");
        for (const warning of row.warnings) list.append(element("li", "", `${words.wordWarning}: ${warning}`));
        item.append(list);
      }
      return item;
    };

    const drawHearing = (row) => {
      const box = element("div", "loa-hearing");
      const player = element(row.hear.kind, "loa-hearing__player");
      player.controls = true;
      player.preload = "none";
      player.src = row.hear.url;
      if (row.hear.kind === "video" && row.hear.picture) player.poster = row.hear.picture;
      box.append(player);
      if (row.hear.kind === "audio" && row.hear.picture) {
        const picture = element("img", "loa-hearing__picture");
        picture.src = row.hear.picture;
        picture.alt = "";
        picture.loading = "lazy";
        box.append(picture);
      }
      const told = element("details", "loa-hearing__sentences");
      told.open = row.hear.changed;
      told.append(element("summary", "", row.hear.words));
      const list = element("ol", "");
      for (const sentence of row.hear.sentences) list.append(element("li", "", sentence));
      told.append(list);
      box.append(told);
      if (!row.hear.may_approve) {
        box.append(element("p", "loa-hearing__hint", words.wordMayNot));
        return box;
      }
      const button = element("button", "button button-small loa-hearing__approve", words.wordApprove);
      const hint = element("span", "loa-hearing__hint", words.wordListenFirst);
      const allow = () => { button.disabled = !played.has(row.hear.sha256); hint.hidden = !button.disabled; };
      button.type = "button";
      button.addEventListener("click", () => {
        player.pause();
        post(words.approveUrl, { state: row.id, sha256: row.hear.sha256 }, button);
      });
      player.addEventListener("playing", () => { played.add(row.hear.sha256); allow(); });
      allow();
      const line = element("p", "loa-hearing__line");
      line.append(button, hint);
      box.append(line);
      return box;
    };

    const listening = () => [...panel.querySelectorAll("audio, video")].some((one) => !one.paused && !one.ended);

    const draw = (state) => {
      const refused = state.refused || "";
      delete state.refused;
      const text = JSON.stringify(state);
      if (refused) panel.querySelector("[data-refused]").textContent = refused;
      if (text === drawn || listening()) return; // nobody is cut off in the middle of listening
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
        const heading = element("h3", "loa-products__group", `${group.language} · ${group.office}`);
        if (group.recordings_url) {
          const link = element("a", "loa-products__recordings", words.wordRecordings);
          link.href = group.recordings_url;
          heading.append(link);
        }
        groups.append(heading);
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
      if (!response.ok && response.status !== 409) throw new Error(response.status);
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

    const retry = (state, button) => post(words.retryUrl, state ? { state } : {}, button);

    const post = (url, fields, button) => {
      button.disabled = true;
      panel.querySelector("[data-refused]").textContent = "";
      const body = new URLSearchParams(fields);
      const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
      return fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token } })
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
