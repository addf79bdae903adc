#include "things/page.h"

/* Nothing is loaded from elsewhere, and paths are relative: the page also works behind the cluster's service proxy. What
 * comes from the network is only ever set as text. */
static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<style>\n"
    "body{margin:0;background:#14181d;color:#d8dee6;font:15px/1.4 system-ui,sans-serif}\n"
    "header{padding:.6em 1em;background:#1d242c}h1{display:inline;font-size:1em;margin:0 1em 0 0}\n"
    "main{display:flex;flex-wrap:wrap;gap:1em;padding:1em}\n"
    "figure{margin:0}figcaption{color:#8b98a6}img{display:block;max-width:100%;background:#000;min-width:320px;"
    "min-height:180px}\n"
    "section{flex:1;min-width:22em}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n"
    "th,td{text-align:left;padding:.15em .8em .15em 0;border-bottom:1px solid #2a333d}th{color:#8b98a6;"
    "font-weight:normal}\n"
    "</style>\n";

static const char script[] =
    "<script>\n"
    "'use strict';\n"
    "const rows = document.getElementById('rows'), state = document.getElementById('state'), KEPT = 25;\n"
    "const two = n => Math.round(n * 100) + '%';\n"
    "let frames = 0, objects = 0, last = 0;\n"
    "function add(cells) {\n"
    "  const tr = document.createElement('tr');\n"
    "  for (const c of cells) tr.appendChild(document.createElement('td')).textContent = String(c);\n"
    "  rows.prepend(tr);\n"
    "  while (rows.children.length > KEPT) rows.lastChild.remove();\n"
    "}\n"
    "function take(line) {\n"
    "  let d;\n"
    "  try { d = JSON.parse(line); } catch (e) { return; }\n"
    "  if (!d || !Array.isArray(d.objects)) return;\n"
    "  frames++; last = Date.now(); objects += d.objects.length;\n"
    "  for (const o of d.objects) {\n"
    "    const x = o.detection || {}, b = x.bounding_box || {};\n"
    "    add([String(d.utc || '').slice(11, 22), (d.tags || {}).thing || '', x.label || o.roi_type || '',\n"
    "         two(x.confidence || 0), o.id === undefined ? '' : o.id, two(b.x_min || 0) + ', ' + two(b.y_min || 0)]);\n"
    "  }\n"
    "}\n"
    "setInterval(() => {\n"
    "  const age = last ? Math.round((Date.now() - last) / 1000) : -1;\n"
    "  state.textContent = age < 0 ? 'no detections yet' : frames + ' frames, ' + objects + ' objects' +\n"
    "    (age > 2 ? '; nothing for ' + age + ' s' : '');\n"
    "}, 500);\n"
    "async function follow() {\n"
    "  for (;;) {\n"
    "    try {\n"
    "      const answer = await fetch('detections'), reader = answer.body.getReader(), text = new TextDecoder();\n"
    "      for (let rest = ''; ;) {\n"
    "        const piece = await reader.read();\n"
    "        if (piece.done) break;\n"
    "        const lines = (rest + text.decode(piece.value, {stream: true})).split('\\n');\n"
    "        rest = lines.pop();\n"
    "        lines.forEach(take);\n"
    "      }\n"
    "    } catch (e) { /* asked again below */ }\n"
    "    await new Promise(f => setTimeout(f, 1000));\n"
    "    for (const i of document.images) i.src = i.src;\n"
    "  }\n"
    "}\n"
    "follow();\n"
    "</script>\n</body></html>\n";

static void add_html(struct buf *out, const char *s)
{
    for (; *s; s++) {
        switch (*s) {
        case '<':
            buf_adds(out, "&lt;");
            break;
        case '>':
            buf_adds(out, "&gt;");
            break;
        case '&':
            buf_adds(out, "&amp;");
            break;
        case '"':
            buf_adds(out, "&quot;");
            break;
        default:
            buf_addc(out, *s);
        }
    }
}

void page_write(struct buf *out, const struct thing *t)
{
    buf_adds(out, head);
    buf_adds(out, "<title>");
    add_html(out, t->name);
    buf_adds(out, "</title></head>\n<body><header><h1>");
    add_html(out, t->name);
    buf_adds(out, "</h1><span id=\"state\"></span></header>\n<main>\n");
    size_t video = 0;
    for (size_t i = 0; i < t->input_count; i++) {
        if (t->inputs[i].kind != INPUT_VIDEO)
            continue;
        buf_addf(out, "<figure><img src=\"video/%zu\" alt=\"video %zu\"><figcaption>", video + 1, video + 1);
        add_html(out, t->inputs[i].stats.shown);
        buf_adds(out, "</figcaption></figure>\n");
        video++;
    }
    buf_adds(out, "<section><table><thead><tr><th>time</th><th>thing</th><th>what</th><th>sure</th><th>id</th>"
                  "<th>at</th></tr></thead><tbody id=\"rows\"></tbody></table></section>\n</main>\n");
    buf_adds(out, script);
}
