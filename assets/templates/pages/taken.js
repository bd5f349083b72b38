// What the pages of operators and of offices share: a machine remembers what it took, and is told what is no longer.
var Loa = (function () {
  "use strict";
  var KEPT = 400;

  function read(name, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(name)) || otherwise;
    } catch (error) {
      return otherwise;
    }
  }

  function keep(name, value) {
    try {
      localStorage.setItem(name, JSON.stringify(value));
      return true;
    } catch (error) {
      return false; // a private window, or no room: the page works without
    }
  }

  // Downloads are remembered under `name`; what of them was called back comes first, with the words for its moment.
  function recalls(page, name, words) {
    var taken = read(name, {});
    page.addEventListener("click", function (event) {
      var link = event.target.closest("a[data-editions]");
      if (!link) return;
      link.dataset.editions.split(" ").forEach(function (edition) { taken[edition] = Date.now(); });
      Object.keys(taken).sort(function (a, b) { return taken[b] - taken[a]; }).slice(KEPT)
        .forEach(function (edition) { delete taken[edition]; });
      keep(name, taken);
    });
    var top = document.getElementById("thu-hoi");
    var recalled = Array.from(document.querySelectorAll(".recalled li[data-editions]"));
    recalled.forEach(function (item) {
      var mine = item.dataset.editions.split(" ").filter(function (edition) { return taken[edition]; });
      if (!mine.length) return;
      var note = document.createElement("p");
      note.className = "mine";
      note.textContent = words(taken[mine[0]]);
      item.appendChild(note);
      top.insertBefore(item, top.firstChild);
    });
    return recalled;
  }

  // What ran out since this page was written: whoever publishes may be out of reach
  function ended(words) {
    var today = new Date(Date.now() + 7 * 3600000).toISOString().slice(0, 10); // in Vietnam
    document.querySelectorAll("li[data-until]").forEach(function (item) {
      if (item.dataset.until >= today) return;
      item.className = "urgent ended";
      var tag = document.createElement("span");
      tag.className = "tag urgent";
      tag.textContent = words;
      item.querySelector("h3").prepend(tag, " ");
    });
  }

  return { read: read, keep: keep, recalls: recalls, ended: ended };
})();
