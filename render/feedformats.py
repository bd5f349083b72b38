"""How feeds of a release are written: JSON Feed, podcast, playlist, Atom with tombstones, the records of devices."""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from render.feeds import COVER, GONE, NATION
from render.manifest import Release
from render.pageparts import Fragment, Page, article_key, check_key
from render.pagewords import PRIORITIES, own_name
from render.paths import TEMPLATES
from render.playorder import play_name

PUBLISHER = "Bảo hiểm xã hội Việt Nam"
TYPES = {
    "json": "application/json; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "m3u8": "audio/x-mpegurl; charset=utf-8",
    "png": "image/png",
}
# Directories of podcasts go by how an address ends; stores read no query of an object that anybody may have.
_ENDINGS = {"audio/mpeg": ".mp3", "audio/mp4": ".m4a"}
_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_ATOM = "http://www.w3.org/2005/Atom"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

for _prefix, _space in (("itunes", _ITUNES), ("atom", _ATOM), ("at", _TOMBSTONES)):
    ET.register_namespace(_prefix, _space)


def feed_body(page: Page, release: Release) -> bytes:
    """A feed as it lies in the bucket; it names the release it was written in."""
    if page.template == "cover":
        return (TEMPLATES / "feeds" / "cover.png").read_bytes()
    if page.template.startswith("device"):
        shared: Fragment = page.data["list"]
        drawn: dict[str, bytes] = shared.__dict__.setdefault("_drawn_feeds", {})
        if page.template not in drawn:
            draw = _playlist if page.template == "device-m3u8" else _records
            drawn[page.template] = draw(shared.data, release)
        return drawn[page.template]
    drawers = {"json": _json_feed, "rss": _podcast, "m3u8": _playlist, "atom": _changes}
    return drawers[page.template](page.data, release)


def _json_feed(said: Mapping[str, Any], release: Release) -> bytes:
    """JSON Feed 1.1; what is ours alone stands under `_loa`."""
    url = said["public_url"]
    items = []
    for item in said["items"]:
        files = [one for one in (item["horn"], item["web"], *item["sheets"]) if one]
        items.append(
            {
                "id": item_id(item["edition"]),
                "url": f"{url}/{article_key(item['slug'], item['lang'])}",
                "title": item["title"],
                "content_text": item["summary"] or item["title"],
                **({"summary": item["summary"]} if item["summary"] else {}),
                "date_published": item["at"],
                "language": item["lang"],
                "tags": [tag for tag in (item["topic"], item["campaign"]) if tag],
                "attachments": [_attachment(one, url) for one in files],
                "_loa": {
                    **{name: item[name] for name in ("slug", "edition", "priority", "applies_from", "until", "note")},
                    "release": item["number"],
                    "check": f"{url}/{check_key(item['edition'])}",
                },
            }
        )
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(said),
        "home_page_url": f"{url}/{_home(said)}",
        "feed_url": f"{url}/feeds/{said['place']}.{said['lang']}.json",
        "language": said["lang"],
        "authors": [{"name": PUBLISHER}],
        "_loa": {
            "about": "Chứng thực nằm ở bản kê có chữ ký (catalogue.json); nguồn tin này chỉ dẫn tới đó.",
            "release": release.id,
            "key": release.key,
            "changes": f"{url}/feeds/{said['place']}.{said['lang']}.atom",
        },
        "items": items,
    }
    return _as_json(feed)


def _attachment(one: Mapping[str, Any], url: str) -> dict[str, Any]:
    pieces = [f"{url}/cas/{sha256}" for sha256 in one["pieces"]]
    return {
        "url": pieces[0],
        "mime_type": one["type"],
        "title": one["label"],
        "size_in_bytes": one["bytes"],
        **({"duration_in_seconds": round(one["duration_s"])} if one["duration_s"] else {}),
        "_loa": {
            "product": one["product"],
            "office": one["office"],
            "sha256": one["sha256"],
            "voice": one["voice"],
            **({"pieces": pieces} if len(pieces) > 1 else {}),  # to be laid together in this order
        },
    }


def _playlist(said: Mapping[str, Any], release: Release) -> bytes:
    """What loudspeakers play, in order. A bulletin in two pieces is two tracks: the greeting of the place, the text."""
    lines = ["#EXTM3U", f"# release {release.id}"]
    for item in said["items"]:
        horn = item["horn"]
        for number, sha256 in enumerate(horn["pieces"]):
            length = round(horn["duration_s"] or 0) if number == len(horn["pieces"]) - 1 else -1
            lines += [f"#EXTINF:{length},{_line(item['title'])}", f"{said['public_url']}/cas/{sha256}"]
    return ("\n".join(lines) + "\n").encode()


def _records(said: Mapping[str, Any], release: Release) -> bytes:
    """What a device plays, as the records that source systems of public loudspeakers keep."""
    url = said["public_url"]
    records = []
    for number, item in enumerate(said["items"], 1):
        horn = item["horn"]
        records.append(
            {
                "BanTinId": item["edition"],
                "TieuDe": item["title"],
                "LoaiLinhVuc": item["topic"],
                "LoaiBanTin": "Bản tin phát thanh",
                "MucDoUuTien": PRIORITIES.get(str(item["priority"]), ""),
                "NoiDungTomTat": item["summary"],
                "ThoiLuong": round(horn["duration_s"] or 0),
                "NguonTin": PUBLISHER,
                "VungPhat": horn["office"] or "Toàn quốc",
                "TacGia": PUBLISHER,
                "NgonNgu": item["lang"],
                "HetHan": item["until"] or "",
                "KichBan": f"{url}/cas/{horn['script']}" if horn["script"] else "",
                "TenTep": play_name(number, item["lang"], item["slug"], float(horn["duration_s"] or 0)),
                "TepAmThanh": [f"{url}/cas/{sha256}" for sha256 in horn["pieces"]],
                "DungLuong": horn["bytes"],
                "Sha256": horn["sha256"],
            }
        )
    return _as_json({"release": release.id, "BanTin": records})


def _podcast(said: Mapping[str, Any], release: Release) -> bytes:
    """RSS 2.0 with enclosures. The bulletin for the web; the one for horns only where there is no other."""
    url = said["public_url"]
    rss = ET.Element("rss", {"version": "2.0"})
    channel = ET.SubElement(rss, "channel")
    stem = f"{url}/feeds/{said['place']}.{said['lang']}.rss"
    image = f"{url}/{COVER}"
    _add(channel, "title", _title(said))
    _add(channel, "link", f"{url}/{_home(said)}")
    _add(channel, f"{{{_ATOM}}}link", "", href=stem, rel="self", type="application/rss+xml")
    _add(channel, "description", f"Bản tin chính sách bảo hiểm xã hội, bảo hiểm y tế: {said['name']}.")
    _add(channel, "language", said["lang"])
    _add(channel, "generator", f"Loa, release {release.id}")
    if said["items"]:
        _add(channel, "lastBuildDate", _rfc822(max(item["at"] for item in said["items"])))
    _add(channel, f"{{{_ITUNES}}}author", PUBLISHER)
    _add(channel, f"{{{_ITUNES}}}explicit", "false")
    _add(channel, f"{{{_ITUNES}}}type", "episodic")
    _add(channel, f"{{{_ITUNES}}}image", "", href=image)
    ET.SubElement(channel, f"{{{_ITUNES}}}category", {"text": "Government"})
    cover = ET.SubElement(channel, "image")
    for name, text in (("url", image), ("title", _title(said)), ("link", f"{url}/{_home(said)}")):
        _add(cover, name, text)
    for item in said["items"]:
        sound = item["web"] or item["horn"]
        one = ET.SubElement(channel, "item")
        page = f"{url}/{article_key(item['slug'], item['lang'])}"
        _add(one, "title", item["title"])
        _add(one, "link", page)
        _add(one, "guid", f"{item_id(sound['edition'])}:{sound['product']}", isPermaLink="false")
        _add(one, "pubDate", _rfc822(item["at"]))
        _add(one, "description", " ".join(text for text in (item["summary"] or item["title"], item["note"]) if text))
        _add(
            one, "enclosure", "",
            url=f"{url}/cas/{sound['pieces'][-1]}?ten={item['slug']}.{item['lang']}{_ENDINGS.get(sound['type'], '')}",
            length=str(sound["bytes"]), type=sound["type"],
        )  # fmt: skip
        _add(one, f"{{{_ITUNES}}}duration", str(round(sound["duration_s"] or 0)))
        _add(one, f"{{{_ITUNES}}}explicit", "false")
        _add(one, f"{{{_ITUNES}}}episodeType", "full")
    return _as_xml(rss)


def _changes(said: Mapping[str, Any], release: Release) -> bytes:
    """Atom: what came, and what was called back, why and for what; tombstones (RFC 6721) of its editions."""
    url = said["public_url"]
    feed = ET.Element(f"{{{_ATOM}}}feed")
    mine = f"{url}/feeds/{said['place']}.{said['lang']}.atom"
    _atom(feed, "title", f"Thay đổi và thu hồi – {_title(said)}")
    _atom(feed, "id", mine)
    _atom(feed, "link", "", href=mine, rel="self", type="application/atom+xml")
    _atom(feed, "link", "", href=f"{url}/{_home(said)}", rel="alternate", type="text/html")
    times = [one["at"] for one in (*said["items"], *said["gone"])]
    _atom(feed, "updated", max(times, default=release.made_at))
    _atom(feed, "generator", f"Loa, release {release.id}")
    _author(feed)
    for event in said["gone"]:
        for edition, title, heir in event["editions"]:
            gone = ET.SubElement(feed, f"{{{_TOMBSTONES}}}deleted-entry", ref=item_id(edition), when=event["at"])
            _add(gone, f"{{{_TOMBSTONES}}}comment", f"{GONE[event['state']]}: {title}. {event['reason']}")
            _atom(gone, "link", "", href=f"{url}/{check_key(edition)}", rel="related")
            if heir:
                _atom(gone, "link", "", href=f"{url}/{check_key(heir)}", rel="replacement")
        entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
        titles = list(dict.fromkeys(title for _, title, _ in event["editions"])) or [event["slug"]]
        _atom(entry, "id", f"urn:loa:event:{event['id']}:{said['place']}:{said['lang']}")
        _atom(entry, "title", f"{GONE[event['state']]}: {'; '.join(titles[:3])}")
        _atom(entry, "updated", event["at"])
        _atom(entry, "category", "", term=event["state"])
        heir_slug = event["replaced_by"] or event["slug"]
        _atom(entry, "link", "", href=f"{url}/{article_key(heir_slug, said['lang'])}", rel="alternate")
        _atom(entry, "content", event["reason"], type="text")
    for item in said["items"]:
        entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
        _atom(entry, "id", item_id(item["edition"]))
        _atom(entry, "title", item["title"])
        _atom(entry, "updated", item["at"])
        _atom(entry, "category", "", term="in-force")
        _atom(entry, "link", "", href=f"{url}/{article_key(item['slug'], item['lang'])}", rel="alternate")
        _atom(entry, "summary", item["summary"] or item["title"], type="text")
    return _as_xml(feed)


def item_id(edition: str) -> str:
    """What feeds call an edition, for ever."""
    return f"urn:loa:{edition}"


def _title(said: Mapping[str, Any]) -> str:
    return f"Loa – {said['name']}, {own_name(said['lang'])}"


def _home(said: Mapping[str, Any]) -> str:
    return "index.html" if said["place"] == NATION else f"loa/{said['place']}.html"


def _rfc822(moment: str) -> str:
    return email.utils.format_datetime(dt.datetime.fromisoformat(moment.replace("Z", "+00:00")))


def _line(text: str) -> str:
    return " ".join(text.split())


def _as_json(data: Mapping[str, Any]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def _as_xml(root: ET.Element) -> bytes:
    ET.indent(root, " ")
    body: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'.encode()


def _author(parent: ET.Element) -> None:
    _atom(ET.SubElement(parent, f"{{{_ATOM}}}author"), "name", PUBLISHER)


def _atom(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    _add(parent, f"{{{_ATOM}}}{name}", text, **attributes)


def _add(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    """An element with text; what XML cannot hold is left out of it."""
    one = ET.SubElement(parent, name, {key: _NOT_XML.sub("", value) for key, value in attributes.items()})
    if text:
        one.text = _NOT_XML.sub("", text)
