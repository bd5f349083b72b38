// The frame of a preview: the office it is drawn for, what the gates say, how a bulletin sounds, the way back to a block.
"use strict";

(() => {
  const inEditor = window.parent !== window;

  if (document.body.hasAttribute("data-again")) {
    setTimeout(() => window.location.reload(), 700);
  }

  const office = document.querySelector("[data-office]");
  if (office) {
    office.addEventListener("change", () => {
      document.cookie = `loa_preview_office=${encodeURIComponent(office.value)}; path=/; samesite=lax`;
      window.location.reload();
    });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-place]");
    if (link && inEditor) {
      event.preventDefault();
      window.parent.postMessage({ loaPlace: link.dataset.place }, window.location.origin);
    }
  });

  // The picture is there first; what its gates say follows, when others who draw have been served.
  const gates = document.querySelector("[data-gates]");
  const unsaid = () => { gates.textContent = gates.dataset.failed; };
  const ask = async (left) => {
    try {
      const answer = await fetch(gates.dataset.gates, { credentials: "same-origin" });
      if (answer.status === 503 && left > 0) {
        setTimeout(() => ask(left - 1), 1200);
      } else if (answer.ok) {
        gates.innerHTML = await answer.text();
      } else {
        unsaid();
      }
    } catch (_left) {
      unsaid(); // or the frame was replaced meanwhile
    }
  };
  if (gates) setTimeout(() => ask(30), 250);

  const listen = document.querySelector("[data-listen]");
  if (listen) {
    const state = document.querySelector("[data-listen-state]");
    listen.addEventListener("click", async () => {
      listen.disabled = true;
      state.textContent = listen.dataset.working;
      try {
        const answer = await fetch(listen.dataset.listen, { credentials: "same-origin" });
        if (!answer.ok) {
          const words = answer.status === 422 ? await answer.text() : listen.dataset.failed;
          state.textContent = words;
          listen.disabled = false;
          return;
        }
        const audio = document.createElement("audio");
        audio.controls = true;
        audio.src = URL.createObjectURL(await answer.blob());
        listen.parentElement.append(audio);
        listen.remove();
        state.remove();
        audio.play().catch(() => {}); // a browser may want another touch first
      } catch (_error) {
        state.textContent = listen.dataset.failed;
        listen.disabled = false;
      }
    });
  }
})();
