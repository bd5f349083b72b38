// The choice of a commune: found without accents, by its name of today or of old, and remembered on this machine.
(function () {
  "use strict";
  var SHOWN = 24;
  var KINDS = {
    "": "Xã", "*": "Phường", "!": "Đặc khu", "^": "Thị trấn",
    "%": "Tỉnh", "+": "Thành phố", "/": "Quận", "=": "Thị xã", "~": "Huyện"
  };
  var PREFIX = /^(tinh|thanh pho|tp|quan|huyen dao|huyen|thi xa|tx|xa|phuong|dac khu|thi tran|tt) (?!\d+( |$))/;
  var HERE = document.currentScript.src;
  var form = document.getElementById("tim");
  var input = document.getElementById("ten");
  var list = document.getElementById("tim-thay");
  var told = document.getElementById("so-thay");
  var provinces = {};
  var places = [];
  var byNumber = {};
  var old = {}; // by its first letters: what was there before, loaded when somebody asks for it
  var waits = 0;

  function key(text) {
    return text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "")
      .replace(/[^a-z0-9]+/g, " ").trim().replace(/^q ?(?=\d)/, "quan ").replace(/^p ?(?=\d)/, "phuong ")
      .replace(PREFIX, "");
  }

  function add(name, note, code) {
    var place = { key: key(name), whole: key(name) + " " + key(note), name: name, note: note, code: code };
    places.push(place);
    return place;
  }

  function named(text) {
    var sign = KINDS[text[0]] ? text[0] : "";
    return KINDS[sign] + " " + text.slice(sign.length);
  }

  document.querySelectorAll("a[data-code]").forEach(function (link) {
    provinces[link.dataset.code] = link.firstChild.textContent.trim();
    add(provinces[link.dataset.code], "tỉnh, thành phố", link.dataset.code);
  });
  LOA_PLACES.forEach(function (row) {
    var province = row[0], name = provinces[province], number = 0;
    if (!name) return;
    row[1].split(";").forEach(function (one) {
      var parts = one.split("|");
      number += Number(parts[1]);
      byNumber[number] = add(named(parts[0]), name, province + "." + String(number).padStart(5, "0"));
    });
    if (row[2]) {
      row[2].split(";").forEach(function (former) {
        add(named(former), "tên cũ, nay thuộc " + name + ": mở trang tỉnh rồi chọn xã", province);
      });
    }
  });

  function rank(place, wanted, flat) {
    if (place.key === wanted) return 0;
    if (place.key.indexOf(wanted) === 0) return 2;
    if ((" " + place.key).indexOf(" " + wanted) >= 0) return 4;
    return place.whole.indexOf(wanted) === 0 || place.key.replace(/ /g, "").indexOf(flat) === 0 ? 5 : 9;
  }

  // Of old

  function letters(wanted) {
    for (var count = 6; count > 1; count--) {
      var first = wanted.slice(0, count).replace(/ /g, "_");
      if (wanted.length >= count && (" " + LOA_OLD.by + " ").indexOf(" " + first + " ") >= 0) return first;
    }
    return "";
  }

  function load(first) {
    if (!first || old[first]) return;
    waits = setTimeout(function () {
      fetch(new URL(LOA_OLD.at + "." + first + ".json", HERE)).then(function (answer) {
        return answer.ok ? answer.json() : [];
      }).then(function (rows) {
        old[first] = rows;
        show();
      }, function () {
        // No line: names of today are found without.
      });
    }, 300);
  }

  function before(wanted, found) {
    var seen = {};
    found.forEach(function (one) { seen[one[1].code] = true; });
    (old[letters(wanted)] || []).forEach(function (row) {
      var district = key(row[0]);
      for (var at = 1; at < row.length; at += 2) {
        var name = row[at] && named(row[at]);
        var mine = name ? key(name) : district;
        var near = mine === wanted ? 1 : (name ? mine + " " + district : mine).indexOf(wanted) === 0 ? 3 : 0;
        if (near) {
          row[at + 1].split(",").forEach(function (number) {
            var place = byNumber[parseInt(number, 36)];
            if (!place || seen[place.code]) return;
            seen[place.code] = true;
            found.push([name ? near : near + 0.5, {
              name: place.name, code: place.code,
              note: place.note + (name ? " · trước là " + name + ", " + row[0] : " · trước thuộc " + row[0])
            }]);
          });
        }
      }
    });
  }

  // Of a slip of the finger: letters that are wrong, missing, too many, or in the wrong order

  function slips(one, other, most) {
    if (Math.abs(one.length - other.length) > most) return most + 1;
    var last = [], row = [], next, i, j;
    for (j = 0; j <= other.length; j++) row.push(j);
    for (i = 1; i <= one.length; i++) {
      next = [i];
      for (j = 1; j <= other.length; j++) {
        var same = one[i - 1] === other[j - 1];
        next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (same ? 0 : 1)));
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
          next[j] = Math.min(next[j], last[j - 2] + 1);
        }
      }
      last = row;
      row = next;
    }
    return row[other.length];
  }

  function alike(wanted) {
    var most = wanted.length < 4 ? 0 : wanted.length < 9 ? 1 : 2;
    var found = [];
    if (!most) return found;
    places.forEach(function (place) {
      var count = slips(wanted, place.key, most);
      if (count <= most) found.push([count, place]);
    });
    return found;
  }

  function show() {
    var wanted = key(input.value);
    list.textContent = "";
    told.textContent = "";
    clearTimeout(waits);
    if (!wanted) return;
    var flat = wanted.replace(/ /g, "");
    var found = [];
    places.forEach(function (place) {
      var at = rank(place, wanted, flat);
      if (at < 9) found.push([at, place]);
    });
    before(wanted, found);
    load(letters(wanted));
    var guessed = !found.length;
    if (guessed) found = alike(wanted);
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
      : guessed ? "Không thấy tên đúng như vậy. Có phải một trong các nơi này?"
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
