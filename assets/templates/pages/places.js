// The choice of a commune: found without accents, by its name of today or of old, and remembered on this machine.
(function () {
  "use strict";
  var SHOWN = 24;
  var KINDS = { "": "Xã", "*": "Phường", "!": "Đặc khu" };
  var PREFIX = /^(tinh|thanh pho|quan|huyen|thi xa|xa|phuong|dac khu|thi tran) (?!\d+$)/;
  var form = document.getElementById("tim");
  var input = document.getElementById("ten");
  var list = document.getElementById("tim-thay");
  var told = document.getElementById("so-thay");
  var provinces = {};
  var places = [];

  function key(text) {
    return text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "")
      .replace(/[^a-z0-9]+/g, " ").trim().replace(PREFIX, "");
  }

  function add(name, note, code) {
    places.push({ key: key(name), name: name, note: note, code: code });
  }

  document.querySelectorAll("a[data-code]").forEach(function (link) {
    provinces[link.dataset.code] = link.textContent.replace(/\s+/g, " ").trim();
    add(link.firstChild.textContent.trim(), "tỉnh, thành phố", link.dataset.code);
  });
  LOA_PLACES.forEach(function (row) {
    var province = row[0];
    if (!provinces[province]) return;
    var name = document.querySelector('a[data-code="' + province + '"]').firstChild.textContent.trim();
    var number = 0;
    row[1].split(";").forEach(function (one) {
      var parts = one.split("|");
      var sign = KINDS[parts[0][0]] && parts[0][0] ? parts[0][0] : "";
      number += Number(parts[1]);
      add(KINDS[sign] + " " + parts[0].slice(sign.length), name, province + "." + String(number).padStart(5, "0"));
    });
    if (row[2]) {
      row[2].split(";").forEach(function (old) {
        add(old, "tên cũ, nay thuộc " + name + ": mở trang tỉnh rồi chọn xã", province);
      });
    }
  });

  function rank(place, wanted) {
    if (place.key === wanted) return 0;
    if (place.key.indexOf(wanted) === 0) return 1;
    return (" " + place.key).indexOf(" " + wanted) >= 0 ? 2 : 9;
  }

  function show() {
    var wanted = key(input.value);
    list.textContent = "";
    told.textContent = "";
    if (!wanted) return;
    var found = [];
    places.forEach(function (place) {
      var at = rank(place, wanted);
      if (at < 9) found.push([at, place]);
    });
    found.sort(function (a, b) { return a[0] - b[0]; });
    found.slice(0, SHOWN).forEach(function (one) {
      var item = document.createElement("li");
      var link = document.createElement("a");
      var note = document.createElement("span");
      link.href = one[1].code + ".html";
      link.textContent = one[1].name + " ";
      note.textContent = one[1].note;
      link.appendChild(note);
      item.appendChild(link);
      list.appendChild(item);
    });
    told.textContent = !found.length ? "Không thấy nơi nào có tên đó. Hãy thử tên tỉnh, hoặc chọn trong danh sách bên dưới."
      : found.length > SHOWN ? "Thấy " + found.length + " nơi, hiện " + SHOWN + " nơi đầu. Gõ thêm chữ để thu hẹp."
        : "Thấy " + found.length + " nơi.";
  }

  form.hidden = false;
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    var first = list.querySelector("a");
    if (first) first.click();
  });
  input.addEventListener("input", show);
  if (input.value) show();
  try {
    var kept = JSON.parse(localStorage.getItem("loa.xa") || "null");
    if (kept && /^\d{2}(\.\d{5})?$/.test(kept.code)) {
      var box = document.getElementById("da-chon");
      box.querySelector("a").href = kept.code + ".html";
      box.querySelector("a").textContent = String(kept.unit);
      box.hidden = false;
    }
  } catch (error) {
    // Private windows keep nothing: the page works without.
  }
})();
