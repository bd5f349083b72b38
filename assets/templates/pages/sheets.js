// An office's page: filters, what came since this machine was here last, and what of its downloads was called back.
(function () {
  "use strict";
  var read = Loa.read;
  var keep = Loa.keep;
  var page = document.getElementById("to-roi");
  if (!page) return;

  function day(moment) {
    return new Date(moment).toLocaleDateString("vi-VN", { timeZone: "Asia/Ho_Chi_Minh" });
  }

  // What was downloaded here, and what of it was called back

  var recalled = Loa.recalls(page, "loa.tai-to-roi", function (moment) {
    return "Máy này đã tải bản này ngày " + day(moment) + ": hãy gỡ bản đã in, đã dán.";
  });
  Loa.ended("ĐÃ HẾT HẠN, không in, không dán nữa");

  // What is new since the last visit

  var name = "loa.xem." + page.dataset.office;
  var items = Array.from(document.querySelectorAll(".sheets > li"));
  var stamps = items.map(function (item) { return item.dataset.since; })
    .concat(recalled.map(function (item) { return item.dataset.at; }));
  var newest = stamps.sort().pop() || "";
  var last = read(name, null);
  keep(name, { newest: newest, at: Date.now() });
  var fresh = items.filter(function (item) { return last && item.dataset.since > last.newest; });
  var gone = recalled.filter(function (item) { return last && item.dataset.at > last.newest; });
  fresh.forEach(function (item) {
    var tag = document.createElement("span");
    tag.className = "tag priority";
    tag.textContent = "Mới từ lần trước";
    item.querySelector("h3").prepend(tag, " ");
  });
  if (last) {
    var told = document.getElementById("moi");
    var words = [];
    if (fresh.length) words.push(fresh.length + " bài mới hoặc có bản mới");
    if (gone.length) words.push(gone.length + " lần thu hồi hoặc thay bản");
    told.textContent = "Từ lần xem trước, ngày " + day(last.at) + ": " + (words.join(", ") || "chưa có gì mới") + ".";
    told.hidden = false;
  }

  // The command

  var copy = document.getElementById("chep");
  if (copy && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", function () {
      navigator.clipboard.writeText(document.getElementById("lenh").textContent).then(function () {
        document.getElementById("da-chep").textContent = "Đã chép.";
      }, function () {
        document.getElementById("da-chep").textContent = "Trình duyệt không cho chép: hãy chọn dòng lệnh và chép tay.";
      });
    });
  }

  // Filters

  var form = document.getElementById("loc");
  if (!form) return;
  var groups = Array.from(document.querySelectorAll("section[data-lang]"));
  if (!fresh.length) form.elements.new.closest("label").hidden = true;

  function asked(field) {
    return form.elements[field] ? form.elements[field].value : "";
  }

  function filter() {
    var product = asked("product"), topic = asked("topic"), campaign = asked("campaign"), since = asked("since");
    var lang = asked("lang"), only = form.elements.new.checked;
    var from = since ? Date.parse(since + "T00:00:00+07:00") : 0;
    var count = 0;
    groups.forEach(function (group) {
      var shown = 0;
      group.querySelectorAll(".sheets > li").forEach(function (item) {
        var sheets = Array.from(item.querySelectorAll(".sheet"));
        sheets.forEach(function (sheet) { sheet.hidden = Boolean(product) && sheet.dataset.product !== product; });
        item.hidden = Boolean((lang && group.dataset.lang !== lang) || (topic && item.dataset.topic !== topic) ||
          (campaign && item.dataset.campaign !== campaign) || (from && Date.parse(item.dataset.since) < from) ||
          (only && fresh.indexOf(item) < 0) || sheets.every(function (sheet) { return sheet.hidden; }));
        if (!item.hidden) shown += 1;
      });
      group.hidden = !shown;
      count += shown;
    });
    document.getElementById("so-loc").textContent = count ?
      "Đang hiện " + count + " trên " + items.length + " bài." : "Không có bài nào như vậy. Hãy bỏ bớt điều kiện.";
  }

  form.hidden = false;
  document.getElementById("muc-luc").hidden = true;
  form.addEventListener("input", filter);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
})();
