// Looks a file up by its digest. The list only hints at the article; what counts is the signed manifest: its signature,
// and the digests of everything on the way from there to the file.
"use strict";

const root = new URL("../", document.baseURI);
const byId = (id) => document.getElementById(id);
const result = byId("ket-qua");

const HEADINGS = {
  "in-force": "Đúng của cơ quan phát hành, đang áp dụng",
  remade: "Nội dung còn đúng, nhưng tệp đã được làm lại",
  superseded: "Thật, nhưng đã có bản mới",
  withdrawn: "Thật, nhưng ĐÃ THU HỒI",
  expired: "Thật, nhưng đã hết thời hạn",
  unknown: "Không phải tệp của cơ quan phát hành, hoặc đã bị sửa",
  foreign: "Không phải của cơ quan phát hành",
};
const LOOKS = { unknown: "withdrawn", foreign: "withdrawn", remade: "superseded" };

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function show(state, lines, links, proof) {
  const field = element("div", "", { class: `state ${LOOKS[state] || state}`, "data-state": state });
  const inside = element("div", "", { class: "wrap" });
  inside.append(element("h2", HEADINGS[state]));
  for (const line of lines) if (line) inside.append(element("p", line));
  field.append(inside);
  const below = element("div", "", { class: "do" });
  for (const [href, text] of links) below.append(element("a", text, { class: "button", href }));
  const list = element("ul", "", { class: "proof small quiet" });
  for (const line of proof) list.append(element("li", line));
  result.replaceChildren(field, below, list);
  result.focus();
}

function tell(text) {
  result.replaceChildren(element("p", text, { class: "notice" }));
}

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));
const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

async function fetched(path) {
  const answer = await fetch(new URL(path, root), { cache: "no-cache" });
  if (answer.status === 404 || answer.status === 403) return null;
  if (!answer.ok) throw new Error(`Kho trả lời ${answer.status}.`);
  return new Uint8Array(await answer.arrayBuffer());
}

const json = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

async function proven(digest) {
  const bytes = await fetched(`cas/${digest}`);
  if (!bytes || (await sha256(bytes)) !== digest) throw new Error("Sổ phát hành trong kho đã bị sửa. Đừng dùng tệp này.");
  return json(bytes);
}

async function checkedSignature(catalogue, manifest, proof) {
  const pem = new TextDecoder().decode((await fetched(`keys/${catalogue.key}.pem`)) || new Uint8Array());
  const der = fromBase64(pem.replace(/-----[^-]+-----/g, "").replace(/\s/g, ""));
  if ((await sha256(der.slice(-32))) !== catalogue.key) throw new Error("Khóa trong kho không phải khóa đã công bố.");
  let key;
  try {
    key = await crypto.subtle.importKey("spki", der, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    proof.push("Trình duyệt này chưa kiểm được chữ ký Ed25519: kết quả dựa vào sổ phát hành tải qua đường truyền này.");
    return;
  }
  if (!(await crypto.subtle.verify({ name: "Ed25519" }, key, fromBase64(catalogue.signature), manifest)))
    throw new Error("Chữ ký của sổ phát hành không đúng. Đừng dùng tệp này.");
  proof.push(`Chữ ký sổ phát hành số ${catalogue.number} đúng với khóa ${catalogue.key.slice(0, 16)}…`);
}

async function signedManifest(proof) {
  const catalogue = json(await fetched("catalogue.json"));
  if (!/^[0-9a-f]{64}$/.test(catalogue.key) || !/^[0-9a-f-]+$/.test(catalogue.release))
    throw new Error("Sổ phát hành không đọc được.");
  const bytes = await fetched(`releases/${catalogue.release}.json`);
  if (!bytes || (await sha256(bytes)) !== catalogue.sha256) throw new Error("Sổ phát hành trong kho đã bị sửa.");
  await checkedSignature(catalogue, bytes, proof);
  const manifest = json(bytes);
  const seen = Number(remembered()) || 0;
  if (manifest.number < seen) throw new Error(`Sổ phát hành bị lùi từ số ${seen} về số ${manifest.number}. Đừng dùng.`);
  remembered(manifest.number);
  return manifest;
}

function remembered(number) {
  try {
    const name = `loa-seen-${root.pathname}`;
    if (number !== undefined) localStorage.setItem(name, String(number));
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

async function hint(digest) {
  const index = await fetched("verify/index.json");
  if (!index) return null;
  const shard = await fetched(`verify/${digest.slice(0, json(index).digits)}.json`);
  const rows = shard ? json(shard) : {};
  return Object.hasOwn(rows, digest) ? rows[digest] : null;
}

async function event(manifest, slug, edition) {
  for (const one of manifest.withdrawn.filter((told) => told.slug === slug && told.state !== "blocked").reverse()) {
    const editions = (await proven(one.editions.sha256)).editions;
    const gone = editions.find((told) => told.id === edition);
    if (gone) return [one, gone];
  }
  return null;
}

const digestsOf = (file) => [file.sha256, file.unsigned, ...(file.pieces || []).map(([piece]) => piece)];
const spaced = (code) => code.replace(/(.{4})(?=.)/g, "$1 ");
const address = (path) => new URL(path, root).href;

async function lookUp(digest, name) {
  const proof = [`Dấu vân tay SHA-256: ${digest}`];
  const manifest = await signedManifest(proof);
  const row = await hint(digest);
  const nothing = ["Tệp này không có trong sổ phát hành nào. Nếu tệp đã qua Zalo, Facebook hoặc chụp lại, hãy tra bằng mã."];
  if (!row) return show("unknown", [name, ...nothing], [], proof);
  const [edition, slug, province, label, office, beforeSigning] = row;
  const what = [`${label}${office ? `, ${office}` : ""} · mã ${spaced(edition)}`];
  const page = [address(`q/${edition}`), "Mở trang của mã này"];
  const named = (manifest.articles[slug] || {})[province];
  const entries = named ? (await proven(named.sha256)).entries : [];
  const holds = entries.find((one) => one.files.some((file) => digestsOf(file).includes(digest)));
  if (holds) {
    const until = holds.valid_until;
    const ended = until && new Date(Date.now() + 7 * 3600e3).toISOString().slice(0, 10) > until; // in Vietnam
    if (until) what.push(`${ended ? "Chỉ dùng" : "Dùng"} đến hết ngày ${until.split("-").reverse().join("/")}.`);
    if (holds.details.synthetic) what.push("Giọng đọc trong tệp này do máy tạo.");
    if (beforeSigning) what.push("Bản này chưa gắn thông tin xuất xứ (C2PA); bản công bố có gắn.");
    return show(ended ? "expired" : "in-force", [holds.title, ...what], [page], proof);
  }
  const told = await event(manifest, slug, edition);
  if (told) {
    const [one, gone] = told;
    const links = [page];
    if (gone.replaced_by) links.push([address(`q/${gone.replaced_by}`), "Bản thay thế"]);
    return show(one.state, [gone.title, ...what, `Lý do: ${one.reason}`], links, proof);
  }
  if (entries.some((one) => one.edition === edition))
    return show("remade", [...what, "Hãy tải bản mới ở trang của mã."], [page], proof);
  return show("unknown", [name, ...nothing], [], proof);
}

// What people bring besides: answered before anything is read.
const MOST_BYTES = 200e6; // every file of ours is smaller, and a telephone can hold this much

function refusal(file, start) {
  const megabytes = `${Math.round(file.size / 1e6)} MB`;
  if (!file.size) return "Tệp rỗng: có lẽ chưa tải xong. Hãy tải lại rồi kiểm tra.";
  if (file.size > MOST_BYTES) return `Tệp này ${megabytes}. Mọi tệp phát hành đều nhỏ hơn 200 MB, nên đây không phải tệp nguyên vẹn của cơ quan phát hành.`;
  if (start.startsWith("504b0304")) return "Đây là gói ZIP. Hãy mở gói ra rồi kiểm tra từng tệp bên trong.";
  return "";
}

async function check(file) {
  if (!file) return;
  byId("ten").textContent = file.name;
  if (!window.crypto || !crypto.subtle)
    return tell("Trình duyệt chỉ tính được dấu vân tay khi trang mở bằng https. Hãy tra bằng mã.");
  tell(`Đang kiểm tra ${file.name}…`);
  let digest;
  try {
    const why = refusal(file, hex(await file.slice(0, 4).arrayBuffer()));
    if (why) return tell(why);
    digest = await sha256(await file.arrayBuffer());
  } catch {
    return tell("Máy không đọc được tệp này. Nếu là thư mục, hãy chọn từng tệp; nếu tệp quá lớn so với máy, hãy tra bằng mã.");
  }
  try {
    await lookUp(digest, file.name);
  } catch (error) {
    return tell(error instanceof TypeError ? "Không tải được sổ phát hành. Hãy thử lại khi có mạng." : error.message);
  }
  if (result.querySelector("[data-state=unknown]") && file.type.startsWith("image/")) await tellCodeIn(file);
}

// An altered picture may still show the code of a real one: it leads to the real one, and proves nothing more.
async function tellCodeIn(file) {
  const code = codeOf((await codeInPicture(file).catch(() => "")) || "");
  if (!code) return;
  const below = element("p", `Trong ảnh có mã QR ${spaced(code)}. Mã ấy cho biết bản gốc còn dùng được không; đối chiếu từng con số với bản gốc. `, { class: "notice" });
  below.append(element("a", "Mở trang của mã", { class: "button", href: address(`q/${code}`) }));
  result.append(below);
}

// A code as printed, or the address that a QR code holds.
function codeOf(text) {
  const tail = text.trim().toUpperCase().split(/[?#]/)[0].replace(/\/+$/, "").split("/").pop();
  const code = tail.replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  return /^[0-9A-HJKMNP-TV-Z]{12}$/.test(code) ? code : "";
}

// The host of an address that is not of the public pages: whoever forges a sheet may print a real code in it.
function strangeHost(text) {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text.trim())) return "";
  try {
    const leads = new URL(text.trim());
    return [root.href, byId("ma").dataset.home].some((home) => leads.href.startsWith(home)) ? "" : leads.host || leads.protocol;
  } catch {
    return text.trim().slice(0, 60);
  }
}

async function openCode(text) {
  const code = codeOf(text);
  const host = strangeHost(text);
  if (code && host) return show("foreign",
    [`Địa chỉ này dẫn tới ${host}, không phải trang của cơ quan phát hành. Xin đừng mở.`,
      `Mã ${spaced(code)} trong đó có thể chép từ một tờ thật: hãy đối chiếu từng con số với bản gốc.`],
    [[address(`q/${code}`), "Mở trang của mã"]], []);
  if (!code) return tell("Mã có 12 chữ và số, ví dụ 7K3M 9QXP 2AVD. Hãy xem lại.");
  try {
    if (await fetched(`q/${code}`)) location.assign(address(`q/${code}`));
    else show("foreign", [`Không có mã ${spaced(code)} trong sổ phát hành. Xem lại từng chữ; nếu đúng thì đây không phải tài liệu của cơ quan phát hành.`], [], []);
  } catch {
    tell("Không tra được lúc này. Hãy thử lại khi có mạng.");
  }
}

// ----- reading a QR code: by the browser where it can, else by a reader of 36 KB that is loaded when it is wanted

const LARGEST_PX = 1600; // of a photograph's longer side
const MOST_PICTURE_BYTES = 25e6;

async function qrReader() {
  if ("BarcodeDetector" in window) {
    const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
    if (formats.includes("qr_code")) {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      return async (canvas) => ((await detector.detect(canvas))[0] || {}).rawValue || "";
    }
  }
  const { decodeQR } = await import(address("kiem-tra/qr-reader.js"));
  return async (canvas) => {
    try {
      return decodeQR(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      return ""; // no code in this picture
    }
  };
}

function drawn(source, width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = element("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

async function codeInPicture(file) {
  const picture = await createImageBitmap(file);
  const read = await qrReader();
  for (const longest of [LARGEST_PX, LARGEST_PX / 2]) {
    const text = await read(drawn(picture, picture.width, picture.height, longest));
    if (text) return text;
  }
  return "";
}

// What a QR code says is opened only when it is of our shape, and then here, wherever it would lead.
async function openScanned(text) {
  if (codeOf(text)) {
    if (!strangeHost(text)) byId("ma").value = spaced(codeOf(text));
    return openCode(text);
  }
  return show("foreign", ["Ô vuông QR này không dẫn tới trang của cơ quan phát hành.", `Nội dung: ${text.slice(0, 120)}`], [], []);
}

async function photographed(file) {
  if (!file) return;
  if (!file.size || file.size > MOST_PICTURE_BYTES)
    return tell(file.size ? "Ảnh quá lớn (hơn 25 MB). Hãy chụp lại ở cỡ nhỏ hơn, hoặc gõ mã." : "Ảnh rỗng. Hãy chụp lại.");
  tell("Đang tìm ô vuông QR trong ảnh…");
  try {
    const text = await codeInPicture(file);
    if (text) return await openScanned(text);
    tell("Không thấy ô vuông QR trong ảnh. Hãy chụp gần hơn, đủ sáng, thấy cả bốn góc; hoặc gõ mã.");
  } catch {
    tell("Máy không mở được ảnh này. Hãy chụp lại dạng JPEG hoặc PNG, hoặc gõ mã.");
  }
}

let stream = null;

function stopCamera() {
  for (const track of stream ? stream.getTracks() : []) track.stop();
  stream = null;
  byId("may-anh").hidden = true;
  byId("quet").textContent = "Quét bằng máy ảnh";
}

async function scan() {
  if (stream) return stopCamera();
  const camera = byId("may-anh");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch {
    return tell("Không mở được máy ảnh. Hãy cho phép trong trình duyệt, chọn ảnh đã chụp, hoặc gõ mã.");
  }
  byId("quet").textContent = "Dừng máy ảnh";
  tell("Đưa ô vuông QR vào giữa khung hình.");
  try {
    camera.srcObject = stream;
    camera.hidden = false;
    await camera.play();
    const read = await qrReader();
    const until = Date.now() + 60000;
    while (stream && Date.now() < until) {
      const text = camera.videoWidth ? await read(drawn(camera, camera.videoWidth, camera.videoHeight, 960)) : "";
      if (text) {
        stopCamera();
        return await openScanned(text);
      }
      await new Promise((done) => setTimeout(done, 200));
    }
    if (stream) tell("Chưa thấy ô vuông QR nào. Hãy thử lại, hoặc gõ mã.");
  } catch {
    tell("Máy ảnh dừng giữa chừng. Hãy thử lại, hoặc gõ mã.");
  }
  return stopCamera();
}

const area = byId("tha");
byId("tep").addEventListener("change", (picked) => {
  check(picked.target.files[0]);
  picked.target.value = ""; // the same file may be picked once more
});
for (const hidden of [area, byId("hoi")]) hidden.hidden = false; // of no use without this script
for (const name of ["dragenter", "dragover", "dragleave", "drop"])
  addEventListener(name, (moved) => { // wherever it is dropped: else the browser would open the file instead
    moved.preventDefault();
    area.classList.toggle("over", name === "dragenter" || name === "dragover");
    if (name === "drop") check(moved.dataTransfer.files[0]);
  });
byId("tra").addEventListener("click", () => openCode(byId("ma").value));
byId("ma").addEventListener("keydown", (pressed) => pressed.key === "Enter" && openCode(byId("ma").value));
byId("anh").addEventListener("change", (picked) => {
  photographed(picked.target.files[0]);
  picked.target.value = "";
});
byId("chup").hidden = false;
if (navigator.mediaDevices && navigator.mediaDevices.getUserMedia) {
  byId("quet").hidden = false;
  byId("quet").addEventListener("click", scan);
}
addEventListener("pagehide", stopCamera);
