// The style sheet of a report: both themes, phones, wide screens and paper. No font and no picture comes from elsewhere.

export const STYLE = `
:root{color-scheme:light dark;--paper:#f6f6f3;--card:#fff;--ink:#1d2129;--muted:#5a6270;--line:#dfe1e4;
--c-main:#2b62ad;--c-second:#8f9cb0;--c-warning:#c05a1c;--c-faint:#b4bac4;--on-main:#fff;--tint:#eef3fa;
--s1:#2b62ad;--s2:#c05a1c;--s3:#23805b;--s4:#8a4aa5;--s5:#9a7200;--s6:#c23a5e}
@media (prefers-color-scheme:dark){:root{--paper:#121417;--card:#1a1d22;--ink:#e6e8ec;--muted:#9da6b4;--line:#31363f;
--c-main:#6ea4ee;--c-second:#77849a;--c-warning:#ec9556;--c-faint:#4c5461;--on-main:#0e1218;--tint:#1f2733;
--s1:#6ea4ee;--s2:#ec9556;--s3:#58c397;--s4:#c793e0;--s5:#d9b548;--s6:#f08aa5}}
*{box-sizing:border-box}
html{font:15px/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;
-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font-variant-numeric:tabular-nums}
main,header,footer{max-width:1180px;margin:0 auto;padding:0 24px}
header{padding-top:36px}
h1,h2,h3,p,ul,dl,dd,figure{margin:0;padding:0}
h1{font-size:30px;line-height:1.2;letter-spacing:-.015em;font-weight:650;overflow-wrap:anywhere}
h2{font-size:20px;letter-spacing:-.01em;font-weight:650;margin:44px 0 4px;overflow-wrap:anywhere}
h2+p{color:var(--muted);max-width:70ch;margin-bottom:14px}
h3{font-size:15px;font-weight:620;overflow-wrap:anywhere}
.over{color:var(--muted);font-size:13px;letter-spacing:.02em;margin-bottom:4px}
.lead{color:var(--muted);max-width:75ch;margin-top:8px;overflow-wrap:anywhere}
.lead strong{color:var(--ink);font-weight:600}
.note{background:var(--tint);border-left:3px solid var(--c-main);border-radius:4px;padding:10px 14px;margin-top:16px;max-width:90ch}
.note.warning{border-color:var(--c-warning)}
.note ul{list-style:none}.note li{margin-top:4px;overflow-wrap:anywhere}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-top:22px}
.figures div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px;min-width:0}
.figures dt{color:var(--muted);font-size:13px;overflow-wrap:anywhere}
.figures dd{font-size:26px;line-height:1.25;font-weight:640;letter-spacing:-.02em;margin-top:2px}
.figures small{display:block;font-size:12.5px;font-weight:400;letter-spacing:0;color:var(--muted)}
.cards{display:grid;grid-template-columns:repeat(12,minmax(0,1fr));gap:16px;margin-top:14px}
.card{grid-column:span 4;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px;min-width:0}
.card.half{grid-column:span 6}.card.wide{grid-column:span 8}.card.full{grid-column:1/-1}
.card>p{color:var(--muted);font-size:13px;line-height:1.45;margin-top:3px;overflow-wrap:anywhere}
.card .chart{margin:12px auto 0}
.chart{display:block;width:100%;height:auto;overflow:visible}
.chart text{font-family:inherit}
.chart[data-size="300"]{max-width:300px}.chart[data-size="440"]{max-width:440px}
.chart[data-size="520"]{max-width:520px}.chart[data-size="620"]{max-width:620px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 14px;margin-top:10px;font-size:12.5px;color:var(--muted)}
.legend li{display:flex;gap:7px;min-width:0;overflow-wrap:anywhere}
.legend svg{flex:none;width:16px;height:10px;margin-top:.37em}
.cards>.of{grid-column:1/-1;font-size:17px;margin-top:10px}
.small{display:grid;grid-template-columns:repeat(auto-fill,minmax(210px,1fr));gap:12px;margin-top:14px}
.small .card{grid-column:auto;padding:12px 14px;margin:0}
.small h3{font-size:13.5px}.small .card>p{font-size:12px}
details{margin-top:10px;font-size:13px}
summary{cursor:pointer;color:var(--muted);width:max-content;max-width:100%}
summary:hover{color:var(--ink)}
:focus-visible{outline:2px solid var(--c-main);outline-offset:2px;border-radius:3px}
.scroll{overflow-x:auto;max-height:360px;overflow-y:auto;margin-top:6px}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th,td{text-align:left;padding:5px 14px 5px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{font-weight:500;color:var(--muted);font-size:12.5px}
tbody th{color:var(--ink);font-size:inherit;font-weight:400}
tr:last-child>*{border-bottom:0}
.n{text-align:right;white-space:nowrap;overflow-wrap:normal}
.k{white-space:nowrap;overflow-wrap:normal}
td:last-child,th:last-child{padding-right:0}
td.changed{font-weight:620}
.data td,.data th{font-size:12.5px;padding-top:3px;padding-bottom:3px}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;overflow-wrap:anywhere}
.tree,.tree ul{list-style:none;padding:0}
.tree{margin-top:12px;font-size:13.5px}
.tree ul{margin-left:7px;border-left:1px solid var(--line)}
.tree ul>li{padding-left:16px;position:relative}
.tree ul>li::before{content:"";position:absolute;left:0;top:1.35em;width:11px;border-top:1px solid var(--line)}
.tree .node{display:grid;grid-template-columns:minmax(0,1fr) minmax(84px,150px);gap:4px 16px;align-items:center;padding:5px 0}
.tree .when{color:var(--muted);font-size:12.5px;display:block}
.tree .what{overflow-wrap:anywhere}
.tree .bar{display:block;width:100%;height:10px}
.tree .bar+small,.tree .side small{color:var(--muted);font-size:12px;display:block;margin-top:2px;overflow-wrap:anywhere}
footer{color:var(--muted);font-size:13px;margin-top:48px;padding-bottom:48px}
footer p{border-top:1px solid var(--line);padding-top:14px}
@media (max-width:1000px){.card,.card.half,.card.wide{grid-column:span 6}.card.wide{grid-column:1/-1}}
@media (max-width:700px){main,header,footer{padding:0 14px}header{padding-top:22px}h1{font-size:24px}h2{margin-top:34px}
.card,.card.half,.card.wide{grid-column:1/-1}.card{padding:14px}.small{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px}
.small .card{grid-column:auto;padding:10px}.tree ul{margin-left:3px}.tree ul>li{padding-left:9px}.tree ul>li::before{width:6px}
.tree .node{grid-template-columns:minmax(0,1fr) 92px;gap:4px 10px}.figures{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px}.figures dd{font-size:22px}}
@media (max-width:359px){.small,.figures{grid-template-columns:1fr}}
@media print{:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#111;--muted:#4c5360;--line:#cfd3d8;
--c-main:#2b62ad;--c-second:#8f9cb0;--c-warning:#c05a1c;--c-faint:#b4bac4;--on-main:#fff;--tint:#f2f5f9;
--s1:#2b62ad;--s2:#c05a1c;--s3:#23805b;--s4:#8a4aa5;--s5:#9a7200;--s6:#c23a5e}
@page{margin:14mm}html{font-size:12px;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main,header,footer{max-width:none;padding:0}header{padding-top:0}
.card,.figures div,.note,.chart,tr{break-inside:avoid}h2{break-after:avoid}h2+p{break-after:avoid}
.card,.card.half{grid-column:span 6}.card.wide,.card.full,.card.long{grid-column:1/-1}.card.long{break-inside:auto}
.small{grid-template-columns:repeat(3,minmax(0,1fr))}
details:not([open]){display:none}.scroll{max-height:none;overflow:visible}}
`
