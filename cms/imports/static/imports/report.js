// Goes on with an import by itself, and ticks all rows at once. Without it, a button goes on.
(() => {
  "use strict";
  const going = document.querySelector("form[data-loa-go-on]");
  if (going && going.querySelector("button")) window.setTimeout(() => going.submit(), 150);
  const all = document.querySelector("[data-loa-all]");
  if (all) {
    all.addEventListener("change", () => {
      for (const one of document.querySelectorAll("input[name=chosen]")) one.checked = all.checked;
    });
  }
})();
