// Where a recording is cut: lines over its waveform that follow the fields; a click into it moves the chosen one.
(() => {
  "use strict";
  const start = (root) => {
    const duration = Number(root.dataset.duration);
    const left = Number(root.dataset.left);
    const width = Number(root.dataset.width);
    const wave = root.querySelector(".loa-wave");
    const audio = root.querySelector("audio");
    const rows = [...root.querySelectorAll(".loa-line")];
    const fields = rows.map((row) => row.querySelector("[name=start]"));
    const marks = rows.map((row) => {
      const mark = document.createElement("div");
      mark.className = "loa-wave__cut";
      const name = document.createElement("span");
      name.textContent = row.querySelector(".loa-line__number").textContent;
      mark.append(name);
      wave.append(mark);
      return mark;
    });
    const now = document.createElement("div");
    now.className = "loa-wave__now";
    now.hidden = true;
    wave.append(now);
    let chosen = -1;
    let until = Infinity;

    const seconds = (index) => Number(fields[index].value.replace(",", "."));
    const place = (mark, at) => { mark.style.left = `${100 * (left + (width * at) / duration)}%`; };
    const draw = () => fields.forEach((field, index) => {
      const at = seconds(index);
      marks[index].hidden = !(at >= 0 && at <= duration);
      place(marks[index], at);
    });
    const choose = (index) => {
      chosen = index;
      rows.forEach((row, one) => row.classList.toggle("loa-line--chosen", one === index));
      marks.forEach((mark, one) => mark.classList.toggle("loa-wave__cut--chosen", one === index));
    };
    fields.forEach((field, index) => {
      field.addEventListener("input", draw);
      field.addEventListener("focus", () => choose(index));
    });
    rows.forEach((row, index) => {
      row.querySelector("[data-play]").addEventListener("click", () => {
        choose(index);
        audio.currentTime = seconds(index);
        until = index + 1 < fields.length ? seconds(index + 1) : duration;
        audio.play();
      });
    });
    wave.addEventListener("click", (event) => {
      const box = wave.getBoundingClientRect();
      const at = Math.min(duration, Math.max(0, ((event.clientX - box.left) / box.width - left) / width * duration));
      if (chosen > 0) {
        fields[chosen].value = at.toFixed(2);
        draw();
      } else {
        until = Infinity;
        audio.currentTime = at;
      }
    });
    audio.addEventListener("timeupdate", () => {
      now.hidden = false;
      place(now, audio.currentTime);
      if (audio.currentTime >= until) {
        audio.pause();
        until = Infinity;
      }
    });
    draw();
  };
  const startAll = () => document.querySelectorAll("[data-loa-split]").forEach(start);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", startAll);
  else startAll();
})();
