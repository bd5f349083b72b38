// Starts what Wagtail starts with inline scripts, so that the admin needs none and its policy can refuse them all.
(() => {
  "use strict";
  const starters = {
    date: (data) => window.initDateChooser(data.loaId, JSON.parse(data.loaConfig)),
    time: (data) => window.initTimeChooser(data.loaId, JSON.parse(data.loaConfig)),
    datetime: (data) => window.initDateTimeChooser(data.loaId, JSON.parse(data.loaConfig)),
    inline: (data) => new window.InlinePanel(JSON.parse(data.loaConfig)),
    chooser: (data) => new window.MultipleChooserPanel(JSON.parse(data.loaConfig)),
  };
  const start = (root) => {
    for (const one of root.querySelectorAll("[data-loa-start]")) {
      const name = one.dataset.loaStart;
      delete one.dataset.loaStart; // once
      starters[name](one.dataset);
    }
  };
  const ready = () => {
    start(document);
    // Forms that come later: another value of a fact, a dialog.
    new MutationObserver((changes) => {
      if (changes.some((change) => change.addedNodes.length)) start(document);
    }).observe(document.body, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
