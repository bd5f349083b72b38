// An office's page: shows only a kind, a topic, or what came since this machine was here last.
(function () {
  "use strict";
  var page = document.getElementById("to-roi");
  var form = document.getElementById("loc");
  if (!page || !form) return;
  var name = "loa.to-roi." + page.dataset.office;
  var seen = "";
  var items = Array.from(document.querySelectorAll(".sheets > li"));
  var newest = items.map(function (item) { return item.dataset.since; }).sort().pop() || "";
  try {
    seen = localStorage.getItem(name) || "";
    localStorage.setItem(name, newest);
  } catch (error) {
    seen = ""; // a private window: nothing is new, nothing is hidden
  }
  var fresh = items.filter(function (item) { return seen && item.dataset.since > seen; });
  fresh.forEach(function (item) {
    var tag = document.createElement("span");
    tag.className = "tag";
    tag.textContent = "Mới từ lần trước";
    item.querySelector("h3").prepend(tag, " ");
  });
  if (!fresh.length) form.elements.new.closest("label").hidden = true;

  function filter() {
    var product = form.elements.product.value;
    var topic = form.elements.topic.value;
    var only = form.elements.new.checked;
    var count = 0;
    items.forEach(function (item) {
      var sheets = Array.from(item.querySelectorAll(".sheet"));
      sheets.forEach(function (sheet) { sheet.hidden = Boolean(product) && sheet.dataset.product !== product; });
      item.hidden = (topic && item.dataset.topic !== topic) || (only && fresh.indexOf(item) < 0) ||
        sheets.every(function (sheet) { return sheet.hidden; });
      if (!item.hidden) count += 1;
    });
    document.getElementById("so-loc").textContent = "Đang hiện " + count + " bài trên " + items.length + ".";
  }

  form.hidden = false;
  form.addEventListener("change", filter);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
})();
