// An operator's page: remembers the commune and what was downloaded, and tells what was played, later if need be.
(function () {
  "use strict";
  var read = Loa.read;
  var keep = Loa.keep;
  var KEPT = 400;
  var page = document.getElementById("loa");
  var form = document.getElementById("da-phat");
  var status = document.getElementById("tinh-trang");
  var api = form ? form.dataset.api : "";

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

  Loa.recalls(page, "loa.tai", function (moment) {
    return "Máy này đã tải bản này lúc " + day(moment) + ".";
  });
  Loa.ended("ĐÃ HẾT HẠN, không phát nữa");

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
