// An operator's page: remembers the commune and what was downloaded, and tells what was played, later if need be.
(function () {
  "use strict";
  var KEPT = 400;
  var page = document.getElementById("loa");
  var form = document.getElementById("da-phat");
  var status = document.getElementById("tinh-trang");
  var api = form ? form.dataset.api : "";

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

  function day(milliseconds) {
    return new Date(milliseconds).toLocaleString("vi-VN", { dateStyle: "short", timeStyle: "short" });
  }

  function identity() {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.from(bytes, function (one) { return (one + 256).toString(16).slice(1); }).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  // The commune

  keep("loa.xa", { code: page.dataset.office, unit: page.dataset.unit });

  // What was downloaded, and what of it was called back

  var taken = read("loa.tai", {});
  page.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-editions]");
    if (!link) return;
    link.dataset.editions.split(" ").forEach(function (edition) { taken[edition] = Date.now(); });
    Object.keys(taken).sort(function (a, b) { return taken[b] - taken[a]; }).slice(KEPT)
      .forEach(function (edition) { delete taken[edition]; });
    keep("loa.tai", taken);
  });
  var top = document.getElementById("thu-hoi");
  document.querySelectorAll(".recalled li[data-editions]").forEach(function (item) {
    var mine = item.dataset.editions.split(" ").filter(function (edition) { return taken[edition]; });
    if (!mine.length) return;
    var note = document.createElement("p");
    note.className = "mine";
    note.textContent = "Máy này đã tải bản này lúc " + day(taken[mine[0]]) + ".";
    item.appendChild(note);
    top.insertBefore(item, top.firstChild);
  });

  // What ran out since this page was written: whoever publishes may be out of reach

  var today = new Date(Date.now() + 7 * 3600000).toISOString().slice(0, 10); // in Vietnam
  document.querySelectorAll("li[data-until]").forEach(function (item) {
    if (item.dataset.until >= today) return;
    item.className = "urgent ended";
    var tag = document.createElement("span");
    tag.className = "tag urgent";
    tag.textContent = "ĐÃ HẾT HẠN, không phát nữa";
    item.querySelector("h3").prepend(tag, " ");
  });

  // What was played

  if (!form) return;
  var queue = read("loa.phat", []);

  function show() {
    var waiting = queue.filter(function (one) { return !one.sent; }).length;
    form.ownerDocument.querySelectorAll("button[form=da-phat]").forEach(function (button) {
      var told = queue.filter(function (one) {
        return one.commune === page.dataset.office && one.edition === button.value;
      }).pop();
      var note = button.parentNode.querySelector(".told");
      if (told) note.textContent = "Đã ghi: phát lúc " + day(told.at) + (told.sent === 1 ? " – đã gửi" : told.sent ? " – không được ghi nhận" : " – chờ mạng để gửi");
    });
    status.textContent = waiting ? "Còn " + waiting + " lần phát chưa gửi được. Máy sẽ tự gửi khi có mạng và trang này mở." : "";
  }

  function send() {
    var next = queue.filter(function (one) { return !one.sent; })[0];
    if (!next || !api) return;
    fetch(api, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        client_id: next.id, commune: next.commune, edition: next.edition, product: next.product,
        at: new Date(next.at).toISOString()
      })
    }).then(function (answer) {
      // Told again it is the same; refused for good it is no use to try again.
      if (answer.ok || (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429)) {
        next.sent = answer.ok ? 1 : answer.status;
        keep("loa.phat", queue);
        show();
        send();
      }
    }, function () {
      show(); // no line: it stays in the queue
    });
  }

  form.addEventListener("submit", function (event) {
    var button = event.submitter;
    if (!button) return; // an old browser: the form goes as it is
    event.preventDefault();
    queue.push({
      id: identity(), commune: page.dataset.office, edition: button.value, product: button.dataset.product, at: Date.now()
    });
    queue = queue.slice(-KEPT);
    keep("loa.phat", queue);
    show();
    send();
  });
  window.addEventListener("online", send);
  show();
  send();
})();
