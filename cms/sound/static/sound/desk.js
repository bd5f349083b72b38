// The desk of recordings: a sentence's button chooses it in the form; all can be ticked; a slow upload says so.
(() => {
  "use strict";
  const ready = () => {
    const holds = document.querySelector("[name=holds]");
    for (const button of document.querySelectorAll("[data-record]")) {
      button.addEventListener("click", () => {
        holds.value = button.dataset.record;
        document.getElementById("tai-len").scrollIntoView({ behavior: "smooth" });
        document.querySelector("[name=file]").focus({ preventScroll: true });
      });
    }
    for (const button of document.querySelectorAll("[data-tick-all]")) {
      button.addEventListener("click", () => {
        for (const box of button.form.querySelectorAll("[name=take]")) box.checked = true;
      });
    }
    for (const button of document.querySelectorAll("[data-busy]")) {
      button.form.addEventListener("submit", () => {
        button.disabled = true;
        button.textContent = button.dataset.busy;
      });
    }
    // One voice at a time.
    document.addEventListener("play", (event) => {
      for (const one of document.querySelectorAll("audio")) if (one !== event.target) one.pause();
    }, true);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
