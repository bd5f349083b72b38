"""The peer of the leaflet: the same two pages, words and colours as HTML and CSS, set by WeasyPrint, warm."""
# ruff: noqa: E501 (markup)

from __future__ import annotations

import base64
import html
import json
import sys
import time
from typing import Any

CSS = """
@page { size: A4; margin: 0 }
* { box-sizing: border-box; margin: 0 }
body { font: 11pt/1.35 "Be Vietnam Pro"; color: #10302F }
.page { width: 210mm; height: 297mm; position: relative; padding: 17mm 16mm 0 }
.page + .page { break-before: page }
.band { position: absolute; left: 0; top: 0; width: 210mm; height: 8mm }
.kicker { font-size: 10pt; font-weight: 700; color: #B23A26; letter-spacing: .05em; text-transform: uppercase }
h1 { font-size: 30pt; font-weight: 800; line-height: 1.1; margin: 3mm 0 4mm }
h2 { font-size: 15pt; font-weight: 800; color: #0B4A4A; margin: 6mm 0 2mm }
.field { background: #0B4A4A; color: #FBF6EA; margin: 6mm -16mm; padding: 8mm 16mm }
.number { font-size: 84pt; font-weight: 800; line-height: 1 }
.unit { font-size: 19pt; font-weight: 700; color: #F4B400 }
.steps { display: flex; gap: 8mm } .steps div { flex: 1 } .numeral { font-size: 34pt; font-weight: 800; color: #C8452F }
.two { columns: 2; column-gap: 10mm }
table { width: 100%; border-collapse: collapse } th { text-align: left } td, th { padding: 1.5mm 0; border-bottom: .4pt solid #BFCBC8 }
.foot { position: absolute; left: 0; right: 0; bottom: 4mm; padding: 6mm 16mm; display: flex; justify-content: space-between }
.back { background: #F4ECDA } .hotline { font-size: 36pt; font-weight: 800; color: #0B4A4A }
.source { font-size: 8.5pt; color: #4A6463 } .bar { position: absolute; left: 0; bottom: 0; width: 210mm; height: 4mm; background: #0B4A4A }
"""


def said(runs: Any) -> str:
    """Runs of a sheet as HTML."""
    if isinstance(runs, str):
        return html.escape(runs)
    return "".join(f"<b>{html.escape(run['t'])}</b>" if run.get("b") else html.escape(run["t"]) for run in runs)


def block(one: dict[str, Any]) -> str:
    """A block of a sheet as HTML."""
    head = f"<h2>{html.escape(one['title'])}</h2>" if one["title"] else ""
    match one["kind"]:
        case "eligibility":
            inner = "<ul>" + "".join(f"<li>{said(item)}</li>" for item in one["items"]) + "</ul>"
        case "comparison":
            inner = "<table><tr>" + "".join(f"<th>{said(cell)}</th>" for cell in one["header"]) + "</tr>"
            inner += "".join(
                "<tr>" + "".join(f"<td>{said(cell)}</td>" for cell in row) + "</tr>" for row in one["rows"]
            )
            inner += "</table>"
        case "steps":
            steps = (
                f"<div><div class=numeral>{number}</div><b>{said(item['head'] or '')}</b><p>{said(item['body'] or '')}</p></div>"
                for number, item in enumerate(one["items"], one["first"])
            )
            inner = f"<div class=steps>{''.join(steps)}</div>"
        case "questions":
            asked = (
                f"<p><b>{said(item['q'])}</b></p>" + "".join(f"<p>{said(a)}</p>" for a in item["a"])
                for item in one["items"]
            )
            inner = f"<div class=two>{''.join(asked)}</div>"
        case _:
            inner = "".join(f"<p>{said(part['p'])}</p>" for part in one.get("body", ()) if "p" in part)
    return head + inner


def page(data: dict[str, Any]) -> str:
    """The whole leaflet as HTML: front with number and foot, back with the rest and where to ask."""
    code = base64.b64encode(data["svg"].encode()).decode()
    diamonds = "".join(f'<path d="M{x + 14} 3l10 8-10 8-10-8z" fill="#F4B400"/>' for x in range(0, 595, 27))
    band = base64.b64encode(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 595 23"><path d="M0 0h595v23H0z" fill="#0B4A4A"/>{diamonds}</svg>'.encode()
    ).decode()
    hero, foot = data["hero"], data["foot"]
    half = len(data["blocks"]) // 2
    weave = f'<img class=band src="data:image/svg+xml;base64,{band}" alt="">'
    ask = f"<div><p>{said(foot['ask']['t'])}</p><p class=hotline>{said(foot['hotline'])}</p>"
    ask += f"<p><b>{said((foot['office'] or {}).get('name', ''))}</b></p><p class=source>{said((foot['applies'] or {}).get('t', ''))}</p></div>"
    qr = f'<div><img src="data:image/svg+xml;base64,{code}" style="width:30mm" alt="QR"><p class=source>{data["code"]}</p></div>'
    beside = "".join(f"<p><b>{said(one['number'])}</b> {said(one['label'])}</p>" for one in hero["beside"])
    return f"""<!doctype html><html lang=vi><head><meta charset=utf-8><title>{said(data["name"])}</title><style>{CSS}</style></head><body>
<div class=page>{weave}<p class=kicker>{said(data["topic"])}</p><h1>{said(data["title"])}</h1><p>{said(data["summary"])}</p>
<div class=field><div class=number>{said(hero["number"])}</div><div class=unit>{said(hero["unit"])}</div><p>{said(hero["label"])}</p>{beside}</div>
{"".join(block(one) for one in data["blocks"][:half])}<div class=foot>{ask}{qr}</div><div class=bar></div></div>
<div class=page>{weave}<p class=source>{said(data["name"])}</p>{"".join(block(one) for one in data["blocks"][half:])}
<div class="foot back">{ask}{qr}</div><div class=bar></div></div></body></html>"""


def main() -> None:
    """Reads {"data", "fonts", "rounds"} as JSON, prints {"ms": […], "bytes", "version"}."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    asked = json.load(sys.stdin)
    faces = "".join(
        f'@font-face {{ font-family: "Be Vietnam Pro"; font-weight: {weight}; src: url(file://{path}) }}'
        for weight, path in asked["fonts"]
    )
    configuration = FontConfiguration()
    sheets = [weasyprint.CSS(string=faces, font_config=configuration)]
    spent, made = [], b""
    for _ in range(asked["rounds"]):
        start = time.process_time()
        document = weasyprint.HTML(string=page(asked["data"]))
        made = document.write_pdf(stylesheets=sheets, font_config=configuration, pdf_variant="pdf/ua-1")
        spent.append((time.process_time() - start) * 1000)
    if len(sys.argv) > 1:
        with open(sys.argv[1], "wb") as file:
            file.write(made)
    print(json.dumps({"ms": spent, "bytes": len(made), "version": weasyprint.__version__}))


if __name__ == "__main__":
    main()
