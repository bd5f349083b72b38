// Recording beside the text: how each sentence stands, its sound, a new take by microphone or file, the second listener.
(() => {
  "use strict";
  const root = document.getElementById("loa-tr");
  const panel = root && root.querySelector("[data-sitting]");
  if (!panel) return;
  const csrf = root.querySelector("[name=csrfmiddlewaretoken]").value;
  const words = (name, values = {}) => panel.getAttribute(`data-words-${name}`).replace(/\{(\w+)\}/g, (_all, key) => values[key]);
  const make = (tag, text, className) => Object.assign(document.createElement(tag), { textContent: text || "", className: className || "" });
  const form = panel.querySelector("[data-sitting-form]");
  const toggle = root.querySelector("[data-show-sound]");
  const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
  const LONGEST = 120000; // ms of one sentence
  let state = null;
  let running = null; // { key, recorder }
  let held = null; // { key, file, url }: recorded, not kept yet
  let drawn = 0;

  const button = (text, act, className = "button-secondary") => {
    const made = make("button", text, `button button-small ${className}`);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };

  const load = async () => {
    const asked = ++drawn;
    try {
      const answer = await fetch(panel.dataset.url, { credentials: "same-origin" });
      if (answer.ok && asked === drawn) draw(await answer.json());
    } catch (error) {
      panel.querySelector("[data-sound-total]").textContent = words("failed");
    }
  };

  const summary = (lines) => {
    const done = lines.filter((one) => one.take).length;
    const values = { done, all: lines.length };
    const waits = lines.filter((one) => one.state === "unheard").length;
    const changed = lines.filter((one) => one.state === "changed").length;
    const said = lines.every((one) => one.state === "good") ? words("signed")
      : done === lines.length ? words("all") : done ? words("some", values) : words("none", values);
    return [said, changed ? words("changed", { count: changed }) : "", waits ? words("waits", { count: waits }) : ""].filter(Boolean).join(" · ");
  };

  const worst = (lines) => ["changed", "missing", "unagreed", "unheard"].find((name) => lines.some((one) => one.state === name)) || "good";

  const fill = (details, lines, heading) => {
    details.hidden = !lines.length;
    if (!lines.length) return;
    details.dataset.state = worst(lines);
    details.querySelector("summary").textContent = heading ? `${heading} · ${summary(lines)}` : summary(lines);
    details.querySelector("ol").replaceChildren(...lines.map(item));
  };

  const draw = (answer) => {
    state = answer;
    const problem = panel.querySelector("[data-sound-problem]");
    problem.hidden = !answer.problem;
    problem.textContent = answer.problem || "";
    panel.querySelector("[data-sound-ready]").hidden = Boolean(answer.problem);
    const count = answer.counts;
    panel.querySelector("[data-sound-total]").textContent = count
      ? words("total", { done: count.recorded, all: count.sentences, signed: count.signed_off }) : "";
    if (toggle) toggle.querySelector("[data-sound-count]").textContent = count ? `${count.recorded}/${count.sentences}` : "";
    const segments = answer.segments || {};
    for (const one of root.querySelectorAll(".loa-seg")) fill(one.querySelector("[data-role=sound]"), segments[one.dataset.path] || []);
    fill(root.querySelector("[data-sound-other]"), answer.other || [], words("other"));
  };

  const redraw = () => { if (state) draw(state); };

  const item = (line) => {
    const row = make("li", "", `loa-take loa-take--${line.state}`);
    row.dataset.key = line.key;
    const text = make("p", line.text, "loa-take__text");
    text.lang = root.dataset.tag;
    row.append(text);
    if (line.said) row.append(make("p", `${words("said")}: ${line.said}`, "loa-take__said"));
    if (line.before) row.append(make("p", `${words("before")}: ${line.before}`, "loa-take__said"));
    const foot = make("div", "", "loa-take__foot");
    foot.append(make("span", `${line.number}. ${line.words}`, "loa-take__state"));
    if (held && held.key === line.key) return kept(row, foot, line);
    if (line.take) {
      foot.append(sound(line.take.url));
      foot.append(make("span", `${line.take.speaker} · ${line.take.seconds} s${line.take.heard ? ` · ${words("by")} ${line.take.heard}` : ""}`));
      for (const one of line.take.warnings) row.append(make("p", one, "loa-finding"));
    }
    if (line.own) foot.append(make("span", words("own")));
    if (line.signable) foot.append(button(words("right"), () => send(row, panel.dataset.sign, { take: line.take.sha256 }), ""));
    if (state.records) foot.append(...(running && running.key === line.key ? [button(words("stop"), stop, "no")] : ways(row, line)));
    row.append(foot);
    return row;
  };

  const ways = (row, line) => {
    const found = [];
    if (navigator.mediaDevices && window.MediaRecorder) found.push(button(words(line.take ? "again" : "record"), () => start(row, line)));
    const label = make("label", words("file"), "button button-small button-secondary");
    const input = make("input", "", "w-sr-only");
    input.type = "file";
    input.accept = "audio/*,video/mp4,video/3gpp,video/webm,.amr,.3gp,.m4a,.opus,.ogg,.flac";
    input.addEventListener("change", () => { if (input.files.length) upload(row, line.key, input.files[0]); });
    label.append(input);
    return [...found, label];
  };

  const kept = (row, foot, line) => {
    foot.append(
      sound(held.url),
      button(words("keep"), () => upload(row, line.key, held.file), ""),
      button(words("drop"), () => { drop(); redraw(); }),
    );
    row.append(foot);
    return row;
  };

  const sound = (url) => {
    const made = make("audio");
    made.controls = true;
    made.preload = "none";
    made.src = url;
    return made;
  };

  const drop = () => {
    if (held) URL.revokeObjectURL(held.url);
    held = null;
  };

  const say = (row, text) => {
    row.querySelectorAll(":scope > .loa-told").forEach((one) => one.remove());
    if (!text) return;
    const box = make("p", text, "loa-told loa-seg__choice");
    box.setAttribute("role", "alert");
    row.append(box);
  };

  const sitting = () => {
    const speaker = form.elements.speaker.value.trim();
    if (speaker && form.elements.consent.checked && form.elements.consent_on.value) return true;
    panel.scrollIntoView({ behavior: "smooth" });
    (speaker ? form.elements.consent : form.elements.speaker).focus({ preventScroll: true });
    say(panel, words("sitting"));
    return false;
  };

  const start = async (row, line) => {
    if (!sitting()) return;
    say(panel, "");
    if (running) stop();
    drop();
    let stream = null;
    try {
      // The room as it is: what a telephone call needs would spoil a recording.
      const plain = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      stream = await navigator.mediaDevices.getUserMedia({ audio: plain });
    } catch (error) {
      say(row, words("microphone"));
      return;
    }
    const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
    const recorder = new MediaRecorder(stream, kind ? { mimeType: kind, audioBitsPerSecond: 128000 } : {});
    const parts = [];
    const timer = window.setTimeout(stop, LONGEST);
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", () => {
      stream.getTracks().forEach((one) => one.stop());
      window.clearTimeout(timer);
      if (running && running.recorder === recorder) running = null;
      const type = recorder.mimeType || "audio/webm";
      const suffix = type.includes("mp4") ? "m4a" : type.includes("ogg") ? "ogg" : "webm";
      const file = new File(parts, `thu.${suffix}`, { type });
      drop();
      held = { key: line.key, file, url: URL.createObjectURL(file) };
      redraw();
    });
    running = { key: line.key, recorder };
    recorder.start();
    redraw();
  };

  const stop = () => { if (running && running.recorder.state !== "inactive") running.recorder.stop(); };

  const upload = (row, key, file) => {
    if (!sitting()) return;
    say(panel, "");
    const field = form.elements;
    send(row, panel.dataset.url, {
      file, holds: key, sheet: state.sheet, speaker: field.speaker.value, consent: "on",
      consent_on: field.consent_on.value, consent_by: field.consent_by.value,
    });
  };

  const send = async (row, url, values) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(values)) body.append(name, value);
    say(row, words("sending"));
    try {
      const answer = await fetch(url, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": csrf }, body });
      const told = answer.headers.get("Content-Type").includes("json") ? await answer.json() : {};
      if (answer.ok) {
        drop();
        drawn += 1;
        draw(told);
      } else say(row, told.refused || words("failed"));
    } catch (error) {
      say(row, words("failed"));
    }
  };

  if (form) form.addEventListener("submit", (event) => event.preventDefault());
  if (toggle) {
    toggle.addEventListener("click", () => {
      panel.hidden = !panel.hidden;
      toggle.setAttribute("aria-pressed", String(!panel.hidden));
      for (const one of root.querySelectorAll(".loa-seg__sound")) one.open = !panel.hidden;
    });
  }
  document.addEventListener("play", (event) => {
    for (const one of root.querySelectorAll("audio")) if (one !== event.target) one.pause();
  }, true);
  let later = 0;
  root.addEventListener("loa-saved", () => {
    window.clearTimeout(later);
    later = window.setTimeout(() => { if (!running && !held) load(); }, 1200);
  });
  window.addEventListener("load", load);
})();
